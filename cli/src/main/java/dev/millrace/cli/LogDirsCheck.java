package dev.millrace.cli;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.common.Node;

/// Whether the brokers' disks have room.
record LogDirsCheck(Cluster cluster) implements DoctorCheck {
  @Override
  public String name() {
    return "broker disk";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    List<Integer> brokers =
        cluster.get(cluster.admin().describeCluster().nodes()).stream().map(Node::id).toList();
    Map<Integer, Map<String, LogDirDescription>> all =
        cluster.get(cluster.admin().describeLogDirs(brokers).allDescriptions());
    all.forEach((broker, folders) ->
        folders.forEach((folder, description) ->
            judge(findings, "broker " + broker + ", " + folder + ",", description)));
    findings.okUnlessFound("the brokers tell of no folders");
  }

  private static void judge(Findings findings, String what, LogDirDescription folder) {
    if (folder.error() != null) {
      findings.problem(
          what + " is out of use: " + folder.error().getMessage(),
          "see the broker's log; it goes on without that disk");
    } else if (folder.totalBytes().isEmpty() || folder.usableBytes().isEmpty()) {
      findings.unknown(what + " does not tell how full it is", "look at the disk there");
    } else {
      DiskCheck.judge(
          findings,
          what,
          folder.totalBytes().getAsLong(),
          folder.usableBytes().getAsLong(),
          "a broker whose disk is full stops");
    }
  }
}
