package dev.millrace.benchmarks;

import dev.millrace.events.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/// What Kafka itself knows of the raw events: how many there are, and how many a group has done
/// with.
final class RequestsTopic implements AutoCloseable {
  private final Admin admin;
  private final int partitions;

  RequestsTopic(String bootstrapServers, int partitions) {
    this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
    this.partitions = partitions;
  }

  /// Makes it, and all others of Millrace.
  void create() {
    new BenchTopics(admin, partitions).create(BenchTopics.OF_MILLRACE);
  }

  /// How many raw events there ever were.
  long events() {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      ends.put(new TopicPartition(Topics.REQUESTS, partition), OffsetSpec.latest());
    }
    return get(admin.listOffsets(ends).all()).values().stream()
        .mapToLong(end -> end.offset())
        .sum();
  }

  /// How many of them a group has done with.
  long committed(String group) {
    return offsets(group).values().stream().mapToLong(OffsetAndMetadata::offset).sum();
  }

  /// Deletes what a group has done with, and nothing else. The disk has it a little longer.
  void deleteCommitted(String group) {
    Map<TopicPartition, RecordsToDelete> done = new HashMap<>();
    offsets(group)
        .forEach((partition, offset) ->
            done.put(partition, RecordsToDelete.beforeOffset(offset.offset())));
    get(admin.deleteRecords(done).all());
  }

  private Map<TopicPartition, OffsetAndMetadata> offsets(String group) {
    Map<TopicPartition, OffsetAndMetadata> offsets =
        new HashMap<>(get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()));
    offsets
        .entrySet()
        .removeIf(
            entry -> entry.getValue() == null || !entry.getKey().topic().equals(Topics.REQUESTS));
    return offsets;
  }

  private static <T> T get(KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw new BenchException("the broker does not answer: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
