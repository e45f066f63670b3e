package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import dev.millrace.sink.WindowDecoder.NotAWindowException;
import dev.millrace.sink.WindowStore.OffsetAdvance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Poll, decode, write; everything on one thread, and every poll written before the next one. So
/// when partitions are taken away there is nothing to flush.
///
/// While the store cannot be had, it polls all the same, with its partitions paused: a member of
/// the group that does not poll for `max.poll.interval.ms` is put out of it, and its partitions
/// would go to somebody who waits for the same store.
final class SinkLoop implements ConsumerRebalanceListener {
  private static final Logger LOG = LoggerFactory.getLogger(SinkLoop.class);
  private static final Duration POLL = Duration.ofSeconds(1);

  /// While there is something else to do.
  private static final Duration SHORT_POLL = Duration.ofMillis(20);

  /// A topic full of something else must not fill the log as well.
  private static final int MAX_LOGGED_A_POLL = 10;

  /// Kafka's own ids of topics: unlike a name, never used again.
  interface TopicIds {
    Map<String, String> of(Collection<String> topics);
  }

  private final Consumer<byte[], byte[]> consumer;
  private final WindowStore store;
  private final Outage outage;
  private final Retention retention;
  private final TopicIds topicIds;
  private final WindowListener listener;

  /// The database's offsets of our partitions, as far as we know.
  private final Map<TopicPartition, Long> stored = new HashMap<>();

  private final Map<TopicPartition, Long> positions = new HashMap<>();

  /// Partitions that we were given, and whose offset the store has not told us yet.
  private final Set<TopicPartition> unplaced = new HashSet<>();

  /// What was read and is not in the store yet, because the store cannot be had; or null.
  private Batch unwritten;

  private volatile SinkMetrics metrics = SinkMetrics.NONE;
  private volatile boolean joined;

  /// Kinds that are in the log.
  private final Set<Class<?>> listenerFailures = new HashSet<>();

  /// What one poll has brought.
  private record Batch(
      int records, List<WindowSummary> rows, Map<TopicPartition, OffsetAndMetadata> next) {}

  SinkLoop(
      Consumer<byte[], byte[]> consumer,
      WindowStore store,
      Outage outage,
      Retention retention,
      TopicIds topicIds,
      WindowListener listener) {
    this.consumer = consumer;
    this.store = store;
    this.outage = outage;
    this.retention = retention;
    this.topicIds = topicIds;
    this.listener = listener;
  }

  SinkMetrics metrics() {
    return metrics;
  }

  /// Whether the group has given us our share of the partitions, which may be none.
  boolean hasJoined() {
    return joined;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> added) {
    unplaced.addAll(added);
    if (outage.isOn()) {
      hold();
    } else {
      settle();
    }
    joined = true;
    LOG.info("given {}, reading from {}", added, positions);
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> removed) {
    if (unwritten != null && !Collections.disjoint(unwritten.next().keySet(), removed)) {
      // Who has them now reads it again, and so do we what is still ours of it.
      unplaced.addAll(unwritten.next().keySet());
      unwritten = null;
    }
    unplaced.removeAll(removed);
    stored.keySet().removeAll(removed);
    positions.keySet().removeAll(removed);
    publishPositions();
  }

  /// Asks the store for all that is waiting for it. If it cannot be had, that waits on.
  private void settle() {
    try {
      if (!unplaced.isEmpty()) {
        place();
      }
      if (unwritten != null) {
        write(unwritten);
      }
      retention.prune(store);
      if (outage.isOn()) {
        // It may have been this that failed.
        store.tidy();
      }
    } catch (StoreBusyException e) {
      outage.failed(e);
      hold();
      return;
    }
    if (outage.isOn()) {
      outage.over();
      consumer.resume(consumer.assignment());
    }
  }

  /// Lets the consumer read nothing.
  private void hold() {
    consumer.pause(consumer.assignment());
    // Without a position, polling would look for one in Kafka, and fail if there is none.
    unplaced.forEach(partition -> consumer.seek(partition, 0));
  }

  /// Goes to where the store is.
  private void place() {
    Set<String> topics = unplaced.stream().map(TopicPartition::topic).collect(Collectors.toSet());
    topicIds.of(topics).forEach(store::bindTo);
    Map<TopicPartition, Long> offsets = store.offsets();
    List<TopicPartition> fresh = unplaced.stream().filter(p -> !offsets.containsKey(p)).toList();
    Map<TopicPartition, Long> beginnings =
        fresh.isEmpty() ? Map.of() : consumer.beginningOffsets(fresh);
    for (TopicPartition partition : unplaced) {
      Long offset = offsets.get(partition);
      if (offset == null) {
        stored.remove(partition);
        seek(partition, beginnings.get(partition));
      } else {
        stored.put(partition, offset);
        seek(partition, offset);
      }
    }
    unplaced.clear();
    publishPositions();
  }

  private void seek(TopicPartition partition, long offset) {
    consumer.seek(partition, offset);
    positions.put(partition, offset);
  }

  private void publishPositions() {
    metrics = metrics.withPositions(positions);
  }

  /// Polls once and writes what came.
  void pass() {
    if (outage.isOn() ? !outage.untilNextTry().isPositive() : retention.isDue()) {
      settle();
    }
    ConsumerRecords<byte[], byte[]> records;
    try {
      records = consumer.poll(patience());
    } catch (OffsetOutOfRangeException e) {
      if (e instanceof LogTruncationException) {
        // There are records again where ours were, and they are others.
        throw new SinkException(
            "Kafka has lost records that the database has ("
                + e.getMessage()
                + "): let the sink fill a new database",
            e);
      }
      e.offsetOutOfRangePartitions().forEach(this::backIntoRange);
      publishPositions();
      return;
    }
    // Other than the last record's offset + 1, these are past a transaction's end mark and past
    // records that were aborted. A poll may return nothing else.
    Map<TopicPartition, OffsetAndMetadata> next = records.nextOffsets();
    if (!next.isEmpty()) {
      unwritten = new Batch(records.count(), decode(records), next);
      settle();
    } else if (!outage.isOn()) {
      tidy();
    }
  }

  private void tidy() {
    try {
      store.tidy();
    } catch (StoreBusyException e) {
      outage.failed(e);
      hold();
    }
  }

  private Duration patience() {
    if (!outage.isOn()) {
      return retention.isDue() ? SHORT_POLL : POLL;
    }
    Duration wait = outage.untilNextTry();
    return wait.compareTo(SHORT_POLL) < 0 ? SHORT_POLL : wait.compareTo(POLL) > 0 ? POLL : wait;
  }

  private void write(Batch batch) {
    List<OffsetAdvance> advances = new ArrayList<>();
    batch
        .next()
        .forEach((partition, to) -> {
          Long from = stored.get(partition);
          advances.add(
              new OffsetAdvance(
                  partition,
                  from == null ? OptionalLong.empty() : OptionalLong.of(from),
                  to.offset()));
        });
    int written;
    try {
      written = store.write(batch.rows(), advances);
    } catch (StaleWriterException e) {
      LOG.warn("{}; going on from the database's offsets", e.getMessage());
      metrics = metrics.plusConflict();
      unwritten = null;
      unplaced.addAll(consumer.assignment());
      place();
      return;
    }
    unwritten = null;
    batch
        .next()
        .forEach((partition, to) -> {
          stored.put(partition, to.offset());
          positions.put(partition, to.offset());
        });
    metrics =
        metrics.plusBatch(batch.records(), batch.rows().size(), written).withPositions(positions);
    tellOf(batch.rows(), written == batch.rows().size());
    // Nobody reads these again. They are for Kafka's own tools, which tell a group's lag by them,
    // so whether they arrive is of no importance.
    consumer.commitAsync(
        batch.next(),
        (_, failure) -> {
          if (failure != null) {
            LOG.debug("could not tell Kafka the offsets", failure);
          }
        });
  }

  /// Who only looks on must not end the sink: what it is told is in the store already.
  private void tellOf(List<WindowSummary> rows, boolean complete) {
    try {
      listener.written(rows, complete);
    } catch (RuntimeException e) {
      if (listenerFailures.add(e.getClass())) {
        LOG.warn(
            "could not tell of {} rows; the next failure of this kind is not logged",
            rows.size(),
            e);
      }
    }
  }

  private static List<WindowSummary> decode(ConsumerRecords<byte[], byte[]> records) {
    List<WindowSummary> rows = new ArrayList<>(records.count());
    int rejected = 0;
    for (ConsumerRecord<byte[], byte[]> record : records) {
      try {
        rows.add(WindowDecoder.decode(record.value()));
      } catch (NotAWindowException e) {
        rejected++;
        if (rejected <= MAX_LOGGED_A_POLL) {
          LOG.warn(
              "{}-{} offset {} is skipped: {}",
              record.topic(),
              record.partition(),
              record.offset(),
              e.getMessage());
        }
      }
    }
    if (rejected > MAX_LOGGED_A_POLL) {
      LOG.warn("and {} more records of this poll", rejected - MAX_LOGGED_A_POLL);
    }
    return rows;
  }

  private void backIntoRange(TopicPartition partition, long position) {
    long beginning = consumer.beginningOffsets(List.of(partition)).get(partition);
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    if (position > end) {
      throw new SinkException(
          "the database has read %s up to offset %d, but it ends at %d: "
                  .formatted(partition, position, end)
              + "Kafka has lost records; let the sink fill a new database");
    }
    if (position < beginning) {
      LOG.warn(
          "{}: Kafka has deleted offsets {} to {} before they were read, their rows are lost",
          partition,
          position,
          beginning - 1);
      metrics = metrics.plusExpired(beginning - position);
    }
    seek(partition, Math.max(position, beginning));
  }
}
