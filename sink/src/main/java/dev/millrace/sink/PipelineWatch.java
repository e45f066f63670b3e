package dev.millrace.sink;

import dev.millrace.events.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/// Finds out how the pipeline is, by asking Kafka, the database and the sink. One thread's.
final class PipelineWatch implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMillis(300);
  private static final int TIMEOUT_MS = 3_000;

  private final SinkConfig config;
  private final SinkRunner sink;
  private final PageDatabase database;
  private final String applicationId;
  private final Supplier<OptionalLong> sent;
  private final KafkaOffsets kafka;
  private final AggregatedCount aggregatedCount = new AggregatedCount();
  private LeftoverCounts leftovers;

  /// @param applicationId the processor's
  /// @param sent what a load generator in this process has sent
  PipelineWatch(
      SinkConfig config,
      SinkRunner sink,
      PageDatabase database,
      String applicationId,
      Supplier<OptionalLong> sent) {
    this.config = config;
    this.sink = sink;
    this.database = database;
    this.applicationId = applicationId;
    this.sent = sent;
    this.kafka = new KafkaOffsets(config.consumerSettings(), config.topics());
  }

  PipelineStatus look() throws InterruptedException {
    List<String> problems = new ArrayList<>();
    Long aggregated = null;
    Long newestEnd = null;
    try {
      // The results before the source: an event on its way may be missing, never be counted too
      // often.
      aggregated = database.ask(aggregatedCount::read);
      newestEnd = database.ask(CourseQuery::newestEnd);
    } catch (SinkException e) {
      problems.add(e.getMessage());
    }
    boolean leftoversKnown = readLeftovers(problems);
    Map<TopicPartition, Long> ends = Map.of();
    List<PipelineStatus.Lag> lag = List.of();
    try {
      ends = kafka.ends();
      lag = KafkaOffsets.lag(ends, positions());
    } catch (KafkaException e) {
      problems.add("Kafka does not answer: " + e.getMessage());
    }
    SinkHealth health = sink.health();
    OptionalLong known = sent.get();
    return new PipelineStatus(
        System.currentTimeMillis(),
        health.ready(),
        health.cause(),
        String.join("; ", problems),
        newestEnd,
        known.isPresent() ? (Long) known.getAsLong() : null,
        leftoversKnown && !ends.isEmpty()
            ? (Long) (requests(ends) - leftovers.marks() + leftovers.rejected())
            : null,
        aggregated,
        leftoversKnown ? (Long) leftovers.late() : null,
        leftoversKnown ? (Long) leftovers.deadLettered() : null,
        sink.metrics().written(),
        hasWholeTopic(ends),
        lag);
  }

  private boolean readLeftovers(List<String> problems) {
    try {
      if (leftovers == null) {
        leftovers = new LeftoverCounts(leftoverSettings());
      }
      return leftovers.read(PATIENCE);
    } catch (KafkaException | SinkException e) {
      problems.add("late and dead-lettered events are not known: " + e.getMessage());
      return false;
    }
  }

  private Map<String, Object> leftoverSettings() {
    Map<String, Object> settings = new HashMap<>(config.consumerSettings());
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    settings.remove(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
    settings.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MS);
    return settings;
  }

  /// The processor's, and the sinks'; of our own partitions the store's, which are newer than what
  /// Kafka was told.
  private Map<TopicPartition, Long> positions() throws InterruptedException {
    Map<TopicPartition, Long> positions = new HashMap<>(kafka.committedBy(config.groupId()));
    positions.putAll(sink.positions());
    kafka
        .committedBy(applicationId)
        .forEach((partition, offset) -> {
          if (partition.topic().equals(Topics.REQUESTS)) {
            positions.put(partition, offset);
          }
        });
    return positions;
  }

  private static long requests(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .filter(end -> end.getKey().topic().equals(Topics.REQUESTS))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private boolean hasWholeTopic(Map<TopicPartition, Long> ends) {
    Map<TopicPartition, Long> own = sink.positions();
    return ends.keySet().stream()
        .filter(partition -> partition.topic().equals(Topics.WINDOWS_1S))
        .allMatch(own::containsKey);
  }

  @Override
  public void close() {
    if (leftovers != null) {
      leftovers.close();
    }
    kafka.close();
  }
}
