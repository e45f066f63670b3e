package dev.millrace.cli;

import dev.millrace.events.Topics;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;

/// Whether all topics are there, with leaders, and with partitions as the processor needs them.
record TopicsCheck(Cluster cluster) implements DoctorCheck {
  @Override
  public String name() {
    return "topics";
  }

  @Override
  public void run(Findings findings) throws NoAnswerException, InterruptedException {
    Map<String, TopicDescription> topics = cluster.topics();
    List<String> missing =
        ContractTopics.names().stream().filter(name -> !topics.containsKey(name)).toList();
    if (!missing.isEmpty()) {
      findings.problem(
          "missing topics (or this user may not see them): " + Cluster.list(missing),
          "make them: millrace topics create");
    }
    for (TopicDescription topic : topics.values()) {
      List<Integer> leaderless =
          topic.partitions().stream()
              .filter(partition -> partition.leader() == null || partition.leader().isEmpty())
              .map(TopicPartitionInfo::partition)
              .toList();
      if (!leaderless.isEmpty()) {
        findings.problem(
            topic.name() + " has no leader for partitions " + leaderless,
            "start the brokers that have their replicas, or see Kafka's log for why they lead"
                + " nothing");
      }
    }
    TopicDescription requests = topics.get(Topics.REQUESTS);
    if (requests != null) {
      samePartitions(findings, requests.partitions().size());
    }
  }

  private void samePartitions(Findings findings, int partitions)
      throws NoAnswerException, InterruptedException {
    for (String name : cluster.internalTopics()) {
      int has = cluster.topics().get(name).partitions().size();
      if (has != partitions) {
        findings.problem(
            "%s has %d partitions, requests has %d: the processor refuses to start with that"
                .formatted(name, has, partitions),
            "take another --application-id, or delete the group and its topics, both of which read"
                + " requests from the beginning; partitions of requests are best never changed");
      }
    }
    findings.okUnlessFound(
        "all "
            + ContractTopics.names().size()
            + " topics are there, with leaders; requests has "
            + partitions
            + (partitions == 1 ? " partition" : " partitions"));
  }
}
