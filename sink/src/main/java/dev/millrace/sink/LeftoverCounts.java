package dev.millrace.sink;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.LateEvents;
import dev.millrace.events.ReplayNote;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts what is in no window: late events and dead letters. Their topics are read from the
/// beginning, because an offset counts the marks of transactions too.
///
/// Not thread-safe.
public final class LeftoverCounts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeftoverCounts.class);
  private static final Duration GLANCE = Duration.ofMillis(20);

  private final Consumer<byte[], byte[]> consumer;
  private long deadLettered;
  private long late;
  private long rejected;
  private long marks;
  private boolean malformed;

  /// Finds the topics' partitions.
  ///
  /// @param settings of a Kafka client, its address among them
  public LeftoverCounts(Map<String, ?> settings) {
    Map<String, Object> own = new HashMap<>(settings);
    // What is in a transaction that is not over has not happened.
    own.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    own.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    own.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    consumer = new KafkaConsumer<>(own, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
      List<TopicPartition> partitions =
          Stream.of(Topics.DEAD_LETTERS, Topics.LATE)
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /// Reads to where the topics end now, or as far as it gets.
  ///
  /// @param patience how long that may take
  /// @return whether all was read
  public boolean read(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    // To where it ends now: an empty poll may just be a slow one.
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      consumer.poll(GLANCE).forEach(this::count);
    }
    return true;
  }

  private void count(ConsumerRecord<byte[], byte[]> leftover) {
    if (leftover.topic().equals(Topics.LATE)) {
      countLate(leftover.value());
      return;
    }
    if (isNote(leftover)) {
      countMarks(leftover.value());
      return;
    }
    deadLettered++;
    // The processor names the topic that the letter comes from; a rejected line comes from none.
    if (leftover.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + "topic") == null) {
      rejected++;
    }
  }

  private static boolean isNote(ConsumerRecord<byte[], byte[]> leftover) {
    return leftover.headers().lastHeader(ReplayNote.HEADER) != null
        && leftover.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + "message") == null;
  }

  private void countMarks(byte[] json) {
    try {
      ReplayNote note = json == null ? null : JsonRecords.REPLAYS.decode(json);
      marks += note == null ? 0 : note.marks();
    } catch (IOException e) {
      warnOnce(Topics.DEAD_LETTERS, e);
    }
  }

  private void countLate(byte[] json) {
    try {
      LateEvents events = json == null ? null : JsonRecords.LATE.decode(json);
      // Each is counted by its route, its service and the total too.
      if (events != null
          && Series.TOTAL.service().equals(events.service())
          && Series.TOTAL.route().equals(events.route())) {
        late += events.requests();
      }
    } catch (IOException e) {
      warnOnce(Topics.LATE, e);
    }
  }

  /// Throwing would lose the rest of what was polled.
  private void warnOnce(String topic, IOException e) {
    if (!malformed) {
      malformed = true;
      LOG.warn("{} holds what is no count; such records are skipped", topic, e);
    }
  }

  /// Events on `windows.late`.
  public long late() {
    return late;
  }

  /// Records on the dead letter queue.
  public long deadLettered() {
    return deadLettered;
  }

  /// Of these, lines that were rejected before they got into `requests`.
  public long rejected() {
    return rejected;
  }

  /// Offsets of `requests` that have no event because a replay of dead letters has ended a
  /// transaction there. (What a replay that was killed has left is not known.)
  public long marks() {
    return marks;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
