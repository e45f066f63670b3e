package dev.millrace.drill;

import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;

/// Whether everything is there as often as there are brokers.
final class Replicas {
  private Replicas() {}

  /// Partitions, internal ones too, that nobody leads, or of which not all replicas are in step
  /// with their leader; in words.
  ///
  /// @param brokers how many replicas each is to have
  static List<String> behind(Admin admin, int brokers)
      throws InterruptedException, ExecutionException {
    return admin
        .describeTopics(admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get())
        .allTopicNames()
        .get()
        .values()
        .stream()
        .flatMap(topic ->
            topic.partitions().stream()
                .filter(partition -> !isWhole(partition, brokers))
                .map(partition -> topic.name() + "-" + words(partition, brokers)))
        .sorted()
        .toList();
  }

  private static boolean isWhole(TopicPartitionInfo partition, int brokers) {
    return isLed(partition) && partition.isr().size() == brokers;
  }

  private static boolean isLed(TopicPartitionInfo partition) {
    Node leader = partition.leader();
    return leader != null && !leader.isEmpty();
  }

  private static String words(TopicPartitionInfo partition, int brokers) {
    return partition.partition()
        + (isLed(partition) ? "" : " has no leader, and")
        + " has "
        + partition.isr().size()
        + " replicas in step, is to have "
        + brokers;
  }
}
