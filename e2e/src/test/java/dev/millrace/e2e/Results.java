package dev.millrace.e2e;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.LateEvents;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// What the processor has published, as a reader of committed records sees it: the last row of each
/// window and series, late events summed up, dead letters.
final class Results implements AutoCloseable {
  /// The kinds of series; each kind's rows count every event once.
  private static final List<Predicate<Series>> LEVELS =
      List.of(
          series -> series.equals(Series.TOTAL),
          series -> series.isRollup() && !series.equals(Series.TOTAL),
          series -> !series.isRollup());

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<WindowSize, Map<String, WindowSummary>> rows = new EnumMap<>(WindowSize.class);
  private final Map<String, String> texts = new TreeMap<>();
  private final Map<String, Long> late = new TreeMap<>();
  private final List<ConsumerRecord<byte[], byte[]>> deadLetters = new ArrayList<>();
  private final List<String> badRevisions = new ArrayList<>();

  /// All that there is and will be.
  Results(String bootstrapServers) {
    this(bootstrapServers, true);
  }

  /// @param fromBeginning or from now on
  Results(String bootstrapServers, boolean fromBeginning) {
    consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        Stream.concat(
                Stream.of(Topics.LATE, Topics.DEAD_LETTERS),
                Arrays.stream(WindowSize.values()).map(WindowSize::topic))
            .flatMap(topic -> consumer.partitionsFor(topic).stream())
            .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
            .toList();
    consumer.assign(partitions);
    if (fromBeginning) {
      consumer.seekToBeginning(partitions);
    } else {
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
    }
    for (WindowSize size : WindowSize.values()) {
      rows.put(size, new TreeMap<>());
    }
  }

  /// Name of a row: start, then series.
  static String name(long start, Series series) {
    return start + " " + series.key();
  }

  /// Takes in what has come.
  void poll() {
    consumer.poll(Duration.ofMillis(20)).forEach(this::take);
  }

  /// Reads to what is the end now.
  void drain() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    Await.until(
        () -> {
          poll();
          return ends.entrySet().stream()
              .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
        },
        () -> "results were not read to their end");
  }

  private void take(ConsumerRecord<byte[], byte[]> result) {
    try {
      switch (result.topic()) {
        case Topics.DEAD_LETTERS -> {
          if (result.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + "message") != null) {
            deadLetters.add(result);
          } // else it is a note of a replay
        }
        case Topics.LATE -> {
          LateEvents count = JsonRecords.LATE.decode(result.value());
          late.merge(name(count.windowStart(), count.series()), count.requests(), Long::sum);
        }
        default -> takeRow(result);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void takeRow(ConsumerRecord<byte[], byte[]> result) throws IOException {
    WindowSummary row = JsonRecords.WINDOWS.decode(result.value());
    WindowSize size =
        Arrays.stream(WindowSize.values())
            .filter(one -> one.topic().equals(result.topic()))
            .findAny()
            .orElseThrow();
    String name = name(row.windowStart(), row.series());
    WindowSummary before = rows.get(size).put(name, row);
    texts.put(
        size.label() + " " + name,
        new String(result.key(), StandardCharsets.UTF_8)
            + " "
            + new String(result.value(), StandardCharsets.UTF_8)
                .replaceFirst("\"revision\":\\d+,", ""));
    if (row.revision() != (before == null ? 0 : before.revision() + 1)) {
      badRevisions.add(size.label() + " " + name + ": " + row.revision());
    }
  }

  /// The last row of each window and series, by [#name].
  Map<String, WindowSummary> rows(WindowSize size) {
    return rows.get(size);
  }

  /// The last rows of all sizes as they stand on the topics, without their revisions, and the late
  /// events.
  Map<String, String> answer() {
    Map<String, String> answer = new TreeMap<>(texts);
    late.forEach((name, count) -> answer.put("late " + name, Long.toString(count)));
    return answer;
  }

  /// Late events by [#name].
  Map<String, Long> late() {
    return late;
  }

  /// Late events in all.
  long lateInAll() {
    return late.entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(" " + Series.TOTAL.key()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  List<ConsumerRecord<byte[], byte[]>> deadLetters() {
    return deadLetters;
  }

  /// Rows whose revision was not the one after the row before.
  List<String> badRevisions() {
    return badRevisions;
  }

  /// Events in rows, by the total's rows of seconds.
  long aggregated() {
    return count(WindowSize.SECOND, LEVELS.getFirst());
  }

  private long count(WindowSize size, Predicate<Series> level) {
    return rows.get(size).values().stream()
        .filter(row -> level.test(row.series()))
        .mapToLong(WindowSummary::requests)
        .sum();
  }

  /// Whether all that was sent is in rows of all sizes and levels, late, or a dead letter.
  boolean accountFor(long sent) {
    poll();
    Set<Long> counts =
        Arrays.stream(WindowSize.values())
            .flatMap(size -> LEVELS.stream().map(level -> count(size, level)))
            .collect(Collectors.toSet());
    return counts.equals(Set.of(sent - lateInAll() - deadLetters.size()));
  }

  /// What there is so far.
  String summary() {
    return "aggregated "
        + Arrays.stream(WindowSize.values())
            .map(size -> LEVELS.stream().map(level -> count(size, level)).toList().toString())
            .toList()
        + ", late "
        + lateInAll()
        + ", dead letters "
        + deadLetters.size();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
