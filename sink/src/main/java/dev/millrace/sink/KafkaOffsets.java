package dev.millrace.sink;

import dev.millrace.events.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/// Asks Kafka where its topics end, and how far a group has read them.
final class KafkaOffsets implements AutoCloseable {
  private static final int TIMEOUT_MS = 3_000;

  private final Admin admin;
  private final List<String> topics;

  /// @param settings a client's settings; what is not for an admin client is left out
  /// @param windowTopics what the sink reads
  KafkaOffsets(Map<String, Object> settings, Collection<String> windowTopics) {
    Map<String, Object> own = new HashMap<>(settings);
    own.keySet().retainAll(AdminClientConfig.configNames());
    admin = Admin.create(own);
    topics = Stream.concat(Stream.of(Topics.REQUESTS), windowTopics.stream()).toList();
  }

  /// The end of each partition, transactions that are not over left out.
  ///
  /// @throws KafkaException if Kafka does not answer
  Map<TopicPartition, Long> ends() throws InterruptedException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    get(admin
            .describeTopics(topics, new DescribeTopicsOptions().timeoutMs(TIMEOUT_MS))
            .allTopicNames())
        .forEach((topic, description) ->
            description
                .partitions()
                .forEach(partition ->
                    latest.put(
                        new TopicPartition(topic, partition.partition()), OffsetSpec.latest())));
    return get(
            admin
                .listOffsets(
                    latest,
                    new ListOffsetsOptions(IsolationLevel.READ_COMMITTED).timeoutMs(TIMEOUT_MS))
                .all())
        .entrySet()
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset()));
  }

  /// How far a group has read; empty for one that has never said so.
  ///
  /// @throws KafkaException if Kafka does not answer
  Map<TopicPartition, Long> committedBy(String group) throws InterruptedException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    try {
      Map<TopicPartition, OffsetAndMetadata> committed =
          get(
              admin
                  .listConsumerGroupOffsets(
                      group, new ListConsumerGroupOffsetsOptions().timeoutMs(TIMEOUT_MS))
                  .partitionsToOffsetAndMetadata());
      committed.forEach((partition, offset) -> {
        if (offset != null) {
          offsets.put(partition, offset.offset());
        }
      });
    } catch (GroupIdNotFoundException _) {
      // Nobody of that name has read anything.
    }
    return offsets;
  }

  /// What is left to read, by topic and partition.
  static List<PipelineStatus.Lag> lag(
      Map<TopicPartition, Long> ends, Map<TopicPartition, Long> positions) {
    List<PipelineStatus.Lag> lag = new ArrayList<>();
    ends.forEach((partition, end) -> {
      Long position = positions.get(partition);
      lag.add(
          new PipelineStatus.Lag(
              partition.topic(),
              partition.partition(),
              // The end was asked first: the reader may have passed it.
              position == null ? null : (Long) Math.max(0, end - position)));
    });
    lag.sort(
        Comparator.comparing(PipelineStatus.Lag::topic)
            .thenComparingInt(PipelineStatus.Lag::partition));
    return lag;
  }

  private static <T> T get(KafkaFuture<T> answer) throws InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof KafkaException known) {
        throw known;
      }
      throw new KafkaException(e.getCause().getMessage(), e.getCause());
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
