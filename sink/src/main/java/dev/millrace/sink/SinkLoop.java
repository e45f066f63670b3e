package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import dev.millrace.sink.WindowDecoder.NotAWindowException;
import dev.millrace.sink.WindowStore.OffsetAdvance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Poll, decode, write; everything on one thread, and every poll written before the next one. So
/// when partitions are taken away there is nothing to flush.
final class SinkLoop implements ConsumerRebalanceListener {
  private static final Logger LOG = LoggerFactory.getLogger(SinkLoop.class);
  private static final Duration POLL = Duration.ofSeconds(1);

  /// A topic full of something else must not fill the log as well.
  private static final int MAX_LOGGED_A_POLL = 10;

  /// Kafka's own ids of topics: unlike a name, never used again.
  interface TopicIds {
    Map<String, String> of(Collection<String> topics);
  }

  private final Consumer<byte[], byte[]> consumer;
  private final WindowStore store;
  private final Retry retry;
  private final TopicIds topicIds;

  /// The database's offsets of our partitions, as far as we know.
  private final Map<TopicPartition, Long> stored = new HashMap<>();

  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private volatile SinkMetrics metrics = SinkMetrics.NONE;
  private volatile boolean joined;
  private volatile WindowListener listener = (_, _) -> {};

  SinkLoop(Consumer<byte[], byte[]> consumer, WindowStore store, Retry retry, TopicIds topicIds) {
    this.topicIds = topicIds;
    this.consumer = consumer;
    this.store = store;
    this.retry = retry;
  }

  SinkMetrics metrics() {
    return metrics;
  }

  /// From now on, somebody is told what has been written.
  void tell(WindowListener to) {
    listener = to;
  }

  /// Whether the group has given us our share of the partitions, which may be none.
  boolean hasJoined() {
    return joined;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> added) {
    Set<String> topics = added.stream().map(TopicPartition::topic).collect(Collectors.toSet());
    if (!topics.isEmpty()) {
      topicIds.of(topics).forEach((topic, id) -> retry.whileBusy(() -> store.bindTo(topic, id)));
    }
    seekToStored(added);
    joined = true;
    LOG.info("reading {} from {}", added, positions);
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> removed) {
    stored.keySet().removeAll(removed);
    positions.keySet().removeAll(removed);
    publishPositions();
  }

  private void seekToStored(Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> offsets = retry.whileBusy(store::offsets);
    List<TopicPartition> fresh = partitions.stream().filter(p -> !offsets.containsKey(p)).toList();
    Map<TopicPartition, Long> beginnings =
        fresh.isEmpty() ? Map.of() : consumer.beginningOffsets(fresh);
    for (TopicPartition partition : partitions) {
      Long offset = offsets.get(partition);
      if (offset == null) {
        stored.remove(partition);
        seek(partition, beginnings.get(partition));
      } else {
        stored.put(partition, offset);
        seek(partition, offset);
      }
    }
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
    ConsumerRecords<byte[], byte[]> records;
    try {
      records = consumer.poll(POLL);
    } catch (OffsetOutOfRangeException e) {
      e.offsetOutOfRangePartitions().forEach(this::backIntoRange);
      publishPositions();
      return;
    }
    // Other than the last record's offset + 1, these are past a transaction's end mark and past
    // records that were aborted. A poll may return nothing else.
    Map<TopicPartition, OffsetAndMetadata> next = records.nextOffsets();
    if (!next.isEmpty()) {
      write(records, next);
    }
  }

  private void write(
      ConsumerRecords<byte[], byte[]> records, Map<TopicPartition, OffsetAndMetadata> next) {
    List<WindowSummary> rows = decode(records);
    List<OffsetAdvance> advances = new ArrayList<>();
    next.forEach((partition, to) -> {
      Long from = stored.get(partition);
      advances.add(
          new OffsetAdvance(
              partition, from == null ? OptionalLong.empty() : OptionalLong.of(from), to.offset()));
    });
    int written;
    try {
      written = retry.whileBusy(() -> store.write(rows, advances));
    } catch (StaleWriterException e) {
      LOG.warn("{}; going on from the database's offsets", e.getMessage());
      metrics = metrics.plusConflict();
      seekToStored(List.copyOf(consumer.assignment()));
      return;
    }
    next.forEach((partition, to) -> {
      stored.put(partition, to.offset());
      positions.put(partition, to.offset());
    });
    metrics = metrics.plusBatch(records.count(), rows.size(), written).withPositions(positions);
    listener.written(rows, written == rows.size());
    // Nobody reads these again. They are for Kafka's own tools, which tell a group's lag by them,
    // so whether they arrive is of no importance.
    consumer.commitAsync(
        next,
        (_, failure) -> {
          if (failure != null) {
            LOG.debug("could not tell Kafka the offsets", failure);
          }
        });
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
              + "Kafka has lost records; give another --database");
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
