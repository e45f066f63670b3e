package dev.millrace.cli;

import java.time.Clock;
import java.time.Duration;
import org.apache.kafka.clients.admin.QuorumInfo;

/// Compares this machine's clock with that of Kafka's active controller, which tells its own when
/// it is asked about the quorum (KIP-836). Nothing is written for it.
///
/// @param clock this machine's
record ClockCheck(Cluster cluster, Clock clock) implements DoctorCheck {
  private static final Duration NEAR = Duration.ofSeconds(1);

  @Override
  public String name() {
    return "clock";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    // The first answer pays for the connection.
    cluster.get(cluster.admin().describeMetadataQuorum().quorumInfo());
    long before = clock.millis();
    QuorumInfo quorum = cluster.get(cluster.admin().describeMetadataQuorum().quorumInfo());
    long after = clock.millis();
    long theirs =
        quorum.voters().stream()
            .filter(voter -> voter.replicaId() == quorum.leaderId())
            .mapToLong(voter -> voter.lastCaughtUpTimestamp().orElse(-1))
            .findAny()
            .orElse(-1);
    if (theirs < 0) {
      findings.unknown(
          "Kafka's controller does not tell its time",
          "compare the clocks of the machines by hand, or give the services' addresses with --url");
      return;
    }
    long half = (after - before + 1) / 2;
    ClockSkew.judge(
        findings, "Kafka's controller " + quorum.leaderId(), theirs - before - half, half, NEAR);
  }
}
