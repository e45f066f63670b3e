package dev.millrace.cli;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.TopicConfig;

/// How many copies there are of what was acknowledged, and how many may be away.
record ReplicationCheck(Cluster cluster) implements DoctorCheck {
  @Override
  public String name() {
    return "replication";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    List<String> single = new ArrayList<>();
    List<String> one = new ArrayList<>();
    List<String> all = new ArrayList<>();
    List<String> behind = new ArrayList<>();
    List<String> stuck = new ArrayList<>();
    for (TopicDescription topic : cluster.anyTopics().values()) {
      long least = cluster.number(topic.name(), TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
      int copies = Integer.MAX_VALUE;
      for (TopicPartitionInfo partition : topic.partitions()) {
        copies = Math.min(copies, partition.replicas().size());
        if (partition.isr().size() < least) {
          stuck.add(topic.name() + "-" + partition.partition());
        } else if (partition.isr().size() < partition.replicas().size()) {
          behind.add(topic.name() + "-" + partition.partition());
        }
      }
      if (copies == 1) {
        single.add(topic.name());
      } else if (least < 2) {
        one.add(topic.name());
      } else if (least >= copies) {
        all.add(topic.name());
      }
    }
    if (!stuck.isEmpty()) {
      findings.problem(
          "fewer replicas in sync than min.insync.replicas, so that nothing with acks=all is taken: "
              + Cluster.list(stuck),
          "start the brokers that are away, or lower it: " + atLeast("…"));
    }
    if (!behind.isEmpty()) {
      findings.warning(
          "replicas that are not in sync: " + Cluster.list(behind),
          "start the brokers that are away; if all are there, they copy too slowly");
    }
    if (!single.isEmpty()) {
      findings.warning(
          "one copy only of "
              + Cluster.list(single)
              + ": with its disk, what was acknowledged is gone",
          "on three brokers or more: millrace topics create --replication 3, before there is"
              + " anything in them; later kafka-reassign-partitions.sh");
    }
    if (!one.isEmpty()) {
      findings.warning(
          "min.insync.replicas is 1 for "
              + Cluster.list(one)
              + ": one broker alone may acknowledge, and then fail",
          atLeast("2"));
    }
    if (!all.isEmpty()) {
      findings.warning(
          "min.insync.replicas is the number of replicas for "
              + Cluster.list(all)
              + ": nothing is taken while one broker restarts",
          atLeast("2") + ", with three replicas");
    }
    findings.okUnlessFound("several copies of all, of which at least two acknowledge");
  }

  private String atLeast(String replicas) {
    return cluster.alter("NAME", TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, replicas);
  }
}
