package dev.millrace.benchmarks;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// How far a group is, by what it has committed: the same measure for whoever reads.
///
/// An event counts as done when it has been read from the backlog, and nothing made of it waits in
/// a repartition topic: whoever puts work off there has not done it. What waits is counted in
/// records up to the topic's end, those of a transaction still open included; so it shows a little
/// less than is done, and never more.
final class Progress {
  private static final String REPARTITION = "-repartition";

  private final Admin admin;
  private final String group;
  private final String input;
  private final long events;

  // Where the repartition topics ended when all events had been read. What comes after that is of
  // no event, but comes for ever.
  private Map<TopicPartition, Long> lastEnds;

  /// @param events how many there are on the topic `input`
  Progress(Admin admin, String group, String input, long events) {
    this.admin = admin;
    this.group = group;
    this.input = input;
    this.events = events;
  }

  /// @param done events done
  /// @param finished whether all are, and nothing waits anywhere
  record State(long done, boolean finished) {}

  State now() throws InterruptedException {
    try {
      // Positions first: where they have reached an end that is looked up later, nothing waits.
      Map<TopicPartition, OffsetAndMetadata> positions =
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      long read = 0;
      for (Map.Entry<TopicPartition, OffsetAndMetadata> position : positions.entrySet()) {
        if (position.getKey().topic().equals(input) && position.getValue() != null) {
          read += position.getValue().offset();
        }
      }
      Map<TopicPartition, Long> ends = lastEnds == null ? repartitionEnds() : lastEnds;
      if (read >= events) {
        lastEnds = ends;
      }
      long waiting = 0;
      for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
        OffsetAndMetadata position = positions.get(end.getKey());
        waiting += Math.max(0, end.getValue() - (position == null ? 0 : position.offset()));
      }
      return new State(Math.max(0, read - waiting), read >= events && waiting == 0);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return new State(0, false); // it is about to make its topics
      }
      throw new BenchException("the broker does not answer: " + e.getCause().getMessage(), e);
    }
  }

  private Map<TopicPartition, Long> repartitionEnds()
      throws InterruptedException, ExecutionException {
    Set<String> topics =
        internalTopics().stream()
            .filter(name -> name.endsWith(REPARTITION))
            .collect(Collectors.toSet());
    if (topics.isEmpty()) {
      return Map.of();
    }
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    admin
        .describeTopics(topics)
        .allTopicNames()
        .get()
        .forEach((name, topic) ->
            topic
                .partitions()
                .forEach(partition ->
                    ends.put(
                        new TopicPartition(name, partition.partition()), OffsetSpec.latest())));
    return admin.listOffsets(ends).all().get().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset()));
  }

  private Set<String> internalTopics() throws InterruptedException, ExecutionException {
    Set<String> topics = new HashSet<>(admin.listTopics().names().get());
    topics.removeIf(name -> !name.startsWith(group + "-"));
    return topics;
  }

  /// Makes room for the next one.
  void deleteInternalTopics() throws InterruptedException {
    try {
      admin.deleteTopics(internalTopics()).all().get();
    } catch (ExecutionException e) {
      throw new BenchException(
          "topics of " + group + " cannot be deleted: " + e.getCause().getMessage(), e);
    }
  }
}
