package dev.millrace.benchmarks;

import dev.millrace.events.Topics;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

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

  /// Whether the members of a group have taken all partitions of the raw events.
  boolean isTaken(String group) {
    ConsumerGroupDescription description;
    try {
      description = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return false;
      }
      throw unanswered(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    Set<TopicPartition> taken = new HashSet<>();
    description.members().forEach(member -> taken.addAll(member.assignment().topicPartitions()));
    taken.removeIf(partition -> !partition.topic().equals(Topics.REQUESTS));
    return description.groupState() == GroupState.STABLE && taken.size() == PARTITIONS;
  }

  private static <T> T get(KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw unanswered(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static BenchException unanswered(ExecutionException e) {
    return new BenchException("the broker does not answer: " + e.getCause().getMessage(), e);
  }

  private static BenchException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new BenchException("interrupted", e);
  }

  @Override
  public void close() {
    admin.close();
    process.close();
  }
}
