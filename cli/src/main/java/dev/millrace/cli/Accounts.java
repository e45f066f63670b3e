package dev.millrace.cli;

import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.sink.LeftoverCounts;
import dev.millrace.sink.WindowQueries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Where every event is, read from the places themselves: Kafka's offsets, the dead letter queue
/// and the database. The equation that holds once all is drained:
///
/// inKafka = aggregated + late + deadLettered
///
/// Not thread-safe.
final class Accounts implements AutoCloseable {
  /// @param inKafka records ever written to `requests`, and lines rejected before they got there
  /// @param aggregated requests in the total's rows in the database
  /// @param late events on `windows.late`
  /// @param deadLettered records on the dead letter queue
  record Balance(long inKafka, long aggregated, long late, long deadLettered) {
    /// How many events are on their way.
    long missing() {
      return inKafka - aggregated - late - deadLettered;
    }

    boolean isDrained() {
      return missing() == 0;
    }

    /// Whether as many events are accounted for as there were at some time, also if more have come
    /// since.
    ///
    /// @param then events that were in Kafka
    boolean isDrainedTo(long then) {
      return inKafka - missing() >= then;
    }

    Balance minus(Balance before) {
      return new Balance(
          inKafka - before.inKafka,
          aggregated - before.aggregated,
          late - before.late,
          deadLettered - before.deadLettered);
    }
  }

  private static final Duration GLANCE = Duration.ofSeconds(1);

  private final WindowQueries windows;
  private final Admin admin;
  private final KafkaConsumer<byte[], byte[]> requests;
  private final LeftoverCounts leftovers;
  private final List<TopicPartition> requestPartitions;
  private final List<TopicPartition> windowPartitions;

  Accounts(String bootstrapServers, Path database) {
    windows = WindowQueries.open(database);
    admin = ContractTopics.admin(bootstrapServers, Map.of());
    requests = consumer(bootstrapServers);
    leftovers =
        new LeftoverCounts(Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
    requestPartitions = partitions(Topics.REQUESTS);
    windowPartitions =
        Arrays.stream(WindowSize.values())
            .flatMap(size -> partitions(size.topic()).stream())
            .toList();
    // Never polled: it asks for offsets, which the client does with fewer words for its own
    // partitions.
    requests.assign(Stream.concat(requestPartitions.stream(), windowPartitions.stream()).toList());
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String bootstrapServers) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    // What is in a transaction that is not over has not happened.
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private List<TopicPartition> partitions(String topic) {
    return requests.partitionsFor(topic).stream()
        .map(partition -> new TopicPartition(topic, partition.partition()))
        .toList();
  }

  Balance balance() {
    while (!leftovers.read(GLANCE)) {
      // All of it counts.
    }
    // The results before the source: an event on its way may be missing, never be counted too
    // often.
    long aggregated = windows.totalRequests();
    return new Balance(
        arrived() - leftovers.marks() + leftovers.rejected(),
        aggregated,
        leftovers.late(),
        leftovers.deadLettered());
  }

  /// Records that were ever written to `requests`, and marks of transactions.
  long arrived() {
    return sum(requests.endOffsets(requestPartitions));
  }

  /// Raw events that the processor has not committed yet.
  long lag() throws InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> committed;
    try {
      committed =
          admin
              .listConsumerGroupOffsets(ProcessorConfig.DEFAULT_APPLICATION_ID)
              .partitionsToOffsetAndMetadata()
              .get();
    } catch (ExecutionException e) {
      throw new UserException(
          "could not read the processor's offsets: " + e.getCause().getMessage(), e);
    }
    return requests.endOffsets(requestPartitions).entrySet().stream()
        .mapToLong(end -> {
          OffsetAndMetadata offset = committed.get(end.getKey());
          return end.getValue() - (offset == null ? 0 : offset.offset());
        })
        .sum();
  }

  /// Where the window topic ends now, transactions that are not over left out.
  Map<TopicPartition, Long> windowEnds() {
    return requests.endOffsets(windowPartitions);
  }

  WindowQueries windows() {
    return windows;
  }

  private static long sum(Map<TopicPartition, Long> offsets) {
    return offsets.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void close() {
    leftovers.close();
    requests.close();
    admin.close();
    windows.close();
  }
}
