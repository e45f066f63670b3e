package dev.millrace.loadgen;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Measures end to end, for a sample of the events: from the time at which one was due until a
/// reader of committed records gets the first row of its window. Reads in a thread of its own.
///
/// A row does not say which events it counts: one that came after it is only in a revision of it,
/// or in none. How many there are the rows of the total tell, and the counts of late events.
///
/// Where no processor is at work there are no rows, and nothing is measured.
final class WindowProbe implements AutoCloseable {
  /// Events a second that are watched.
  static final double PER_S = 50;

  private static final Duration POLL = Duration.ofMillis(100);
  private static final long CLOSE_MS = 5_000;

  /// A window that has not come by then is not going to; its events may have been lost or late.
  private static final long GIVE_UP_NANOS = TimeUnit.SECONDS.toNanos(60);

  private record Window(String series, long startMs) {}

  private final Consumer<byte[], byte[]> consumer;
  private final long lingerNanos;
  private final Figures figures;
  private final Thread thread;
  private final Map<Window, ConcurrentLinkedQueue<Long>> awaited = new ConcurrentHashMap<>();

  /// Windows awaited of a series: rows of others are not looked into.
  private final Map<String, Integer> awaitedSeries = new ConcurrentHashMap<>();

  private volatile boolean stopped;
  private volatile boolean seen;
  private final LongAdder unseen = new LongAdder();

  /// Requests in the newest row of the total, by window.
  private final Map<Long, Long> totals = new HashMap<>();

  private final LongAdder uncounted = new LongAdder();
  private volatile String trouble;

  /// @param linger how long the last rows are waited for
  WindowProbe(
      Consumer<byte[], byte[]> consumer,
      List<TopicPartition> partitions,
      Duration linger,
      Figures figures) {
    this.consumer = consumer;
    lingerNanos = linger.toNanos();
    this.figures = figures;
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // Now, and not with the first poll: rows before the run are none of its own.
    partitions.forEach(consumer::position);
    thread = Thread.ofPlatform().daemon().name("millrace-probe").start(this::read);
  }

  /// @param kafka further settings of Kafka's clients
  /// @return null if there is no topic of windows
  static WindowProbe start(
      String bootstrapServers, Map<String, String> kafka, Duration linger, Figures figures) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.keySet().removeIf(name -> !ConsumerConfig.configNames().contains(name));
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        Stream.of(Topics.WINDOWS_1S, Topics.LATE)
            .flatMap(topic -> consumer.partitionsFor(topic).stream())
            .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
            .toList();
    if (partitions.stream().noneMatch(partition -> partition.topic().equals(Topics.WINDOWS_1S))) {
      consumer.close();
      return null;
    }
    return new WindowProbe(consumer, partitions, linger, figures);
  }

  /// An event of the sample is about to be sent. For the sender's thread.
  ///
  /// @param series as [dev.millrace.events.Series#key()] has it
  /// @param timeMs event time
  /// @param dueNanos since the start
  void sending(String series, long timeMs, long dueNanos) {
    awaited
        .computeIfAbsent(
            new Window(series, Ledger.second(timeMs)),
            window -> {
              awaitedSeries.merge(series, 1, Integer::sum);
              return new ConcurrentLinkedQueue<>();
            })
        .add(dueNanos);
  }

  private void read() {
    try (consumer) {
      while (!stopped) {
        for (ConsumerRecord<byte[], byte[]> row : consumer.poll(POLL)) {
          look(row);
        }
        giveUp(Math.max(GIVE_UP_NANOS, lingerNanos));
      }
      giveUp(0);
    } catch (RuntimeException e) {
      // Whatever it was: nobody reads on.
      trouble = "Windows could not be read to the end, so there is no end-to-end time: " + e;
    }
  }

  private void look(ConsumerRecord<byte[], byte[]> row) {
    long now = figures.elapsed();
    if (row.key() == null || row.value() == null) {
      return;
    }
    String series = new String(row.key(), StandardCharsets.UTF_8);
    boolean total = series.equals(Series.TOTAL.key());
    if (!total && !awaitedSeries.containsKey(series)) {
      return;
    }
    try {
      if (row.topic().equals(Topics.LATE)) {
        uncounted.add(total ? JsonRecords.LATE.decode(row.value()).requests() : 0);
        return;
      }
      WindowSummary summary = JsonRecords.WINDOWS.decode(row.value());
      if (total) {
        Long before = totals.put(summary.windowStart(), summary.requests());
        uncounted.add(before == null ? 0 : Math.max(0, summary.requests() - before));
      }
      ConcurrentLinkedQueue<Long> due = remove(new Window(series, summary.windowStart()));
      if (due != null) {
        seen = true;
        due.forEach(nanos -> figures.e2e.record(now - nanos));
      }
    } catch (IOException e) {
      // Somebody else's record: no row of ours.
      return;
    }
  }

  private ConcurrentLinkedQueue<Long> remove(Window window) {
    ConcurrentLinkedQueue<Long> due = awaited.remove(window);
    if (due != null) {
      awaitedSeries.computeIfPresent(window.series(), (key, n) -> n > 1 ? n - 1 : null);
    }
    return due;
  }

  /// Windows that are waited for no longer count with what was waited: to leave them out would show
  /// the better figures the longer others take.
  private void giveUp(long olderThanNanos) {
    long now = figures.elapsed();
    Iterator<Map.Entry<Window, ConcurrentLinkedQueue<Long>>> windows =
        awaited.entrySet().iterator();
    while (windows.hasNext()) {
      Map.Entry<Window, ConcurrentLinkedQueue<Long>> window = windows.next();
      Long due = window.getValue().peek();
      if (due != null && now - due > olderThanNanos) {
        ConcurrentLinkedQueue<Long> given = remove(window.getKey());
        // Without a processor there is nothing that would not come in time.
        if (seen) {
          given.forEach(nanos -> figures.e2e.record(now - nanos));
          unseen.add(given.size());
        }
      }
    }
  }

  /// Whether end-to-end times are of the whole run: not if no row has been seen that was waited
  /// for, because then there is no processor, and not if reading ended before the run.
  boolean hasMeasured() {
    return seen && trouble == null;
  }

  /// Why reading ended before the run, if it did.
  Optional<String> failure() {
    return Optional.ofNullable(trouble);
  }

  /// Why end-to-end times are not exact, if they are not. Once all is finished.
  Optional<String> remark() {
    return unseen.sum() == 0
        ? Optional.empty()
        : Optional.of(
            unseen.sum()
                + " events of the sample were in no window that came in time; end to end, they"
                + " count with the time for which it was waited.");
  }

  /// Events, of the sample or not, that came after the first row of their window.
  long uncounted() {
    return uncounted.sum();
  }

  /// Waits for the windows of the last events, if there is anybody to make them, and stops reading.
  void finish() {
    long until = System.nanoTime() + lingerNanos;
    try {
      while (seen && trouble == null && !awaited.isEmpty() && System.nanoTime() < until) {
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  @Override
  public void close() {
    stopped = true;
    try {
      thread.join(CLOSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
