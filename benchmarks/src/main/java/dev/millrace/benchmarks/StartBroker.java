package dev.millrace.benchmarks;

import dev.millrace.events.Topics;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/// The broker of [StartBench], and what it knows of those that are started.
final class StartBroker implements AutoCloseable {
  private static final int PARTITIONS = 4;

  private final ChildProcess process;
  private final String bootstrapServers;
  private final Admin admin;

  private StartBroker(ChildProcess process) {
    this.process = process;
    this.bootstrapServers = process.firstLine();
    this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
  }

  /// Starts one with all topics.
  static StartBroker start(Path folder) {
    StartBroker broker = new StartBroker(BrokerProcess.start(folder));
    new BenchTopics(broker.admin, PARTITIONS).create(BenchTopics.OF_MILLRACE);
    return broker;
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  /// How many raw events it has.
  long events() {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      ends.put(new TopicPartition(Topics.REQUESTS, partition), OffsetSpec.latest());
    }
    return get(admin.listOffsets(ends).all()).values().stream()
        .mapToLong(end -> end.offset())
        .sum();
  }

  /// How many of them a group has done with.
  long committed(String group) {
    return get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .entrySet()
        .stream()
        .filter(entry -> entry.getKey().topic().equals(Topics.REQUESTS))
        .map(Map.Entry::getValue)
        .filter(offset -> offset != null)
        .mapToLong(OffsetAndMetadata::offset)
        .sum();
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
    process.close();
  }
}
