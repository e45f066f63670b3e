package dev.millrace.cli;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads the one-second windows from shortly before their end, and on as they come. Not
/// thread-safe.
final class WindowTail implements AutoCloseable {
  /// How far before its end a partition is read at least: some windows of some hundred series.
  private static final long ROWS_BACK = 5_000;

  /// And at most, for a minute's history: of ten thousand series in four partitions it would be
  /// three times as much.
  private static final long MOST_ROWS_BACK = 50_000;

  /// Takes a row, decoded and as it is on the topic.
  interface Reader {
    void row(WindowSummary row, byte[] json);
  }

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> ends;

  /// @param settings of a consumer, its address among them
  WindowTail(Map<String, Object> settings) {
    Map<String, Object> own = new HashMap<>(settings);
    own.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    consumer = new KafkaConsumer<>(own, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topics.WINDOWS_1S).stream()
            .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
            .toList();
    consumer.assign(partitions);
    ends = consumer.endOffsets(partitions);
  }

  /// Goes back from the ends.
  ///
  /// @param since epoch milliseconds; rows from then on are read, if they are not too many
  void seekBack(long since) {
    Map<TopicPartition, OffsetAndTimestamp> times =
        consumer.offsetsForTimes(
            ends.keySet().stream().collect(Collectors.toMap(end -> end, _ -> since)));
    consumer
        .beginningOffsets(ends.keySet())
        .forEach((partition, start) -> {
          long end = ends.get(partition);
          OffsetAndTimestamp time = times.get(partition);
          long from = Math.min(end - ROWS_BACK, time == null ? end : time.offset());
          consumer.seek(partition, Math.max(start, Math.max(from, end - MOST_ROWS_BACK)));
        });
  }

  /// Whether all that was there at the start is read.
  boolean isCaughtUp() {
    return ends.entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
  }

  /// Reads what comes within a time.
  ///
  /// @return how many records were no rows
  long poll(Duration wait, Reader reader) {
    long unreadable = 0;
    for (ConsumerRecord<byte[], byte[]> row : consumer.poll(wait)) {
      WindowSummary summary = decode(row.value());
      if (summary == null) {
        unreadable++;
      } else {
        reader.row(summary, row.value());
      }
    }
    return unreadable;
  }

  /// @return null if it is no row: one of them must not end the display of all others
  private static WindowSummary decode(byte[] json) {
    try {
      WindowSummary row = json == null ? null : JsonRecords.WINDOWS.decode(json);
      return row == null || row.service() == null || row.route() == null ? null : row;
    } catch (IOException _) {
      return null;
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
