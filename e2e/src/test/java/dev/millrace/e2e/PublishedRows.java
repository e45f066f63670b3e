package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// What others can read on a topic of window rows: committed rows only, read all the time by a
/// thread of its own.
final class PublishedRows implements AutoCloseable {
  /// @param readAtMs when it could be read, epoch milliseconds
  record Seen(WindowSummary row, long readAtMs) {
    long end() {
      return row.windowStart() + row.windowSizeMs();
    }
  }

  private record Window(long start, String series) {}

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Thread reader;
  private final Map<Window, Seen> last = new HashMap<>();
  private final List<Seen> totals = new ArrayList<>();
  private final List<String> outOfTurn = new ArrayList<>();
  private volatile boolean closed;
  private volatile Throwable failure;

  PublishedRows(String kafka, String topic) {
    consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    reader = Thread.ofPlatform().name("rows of " + topic).start(this::read);
  }

  private void read() {
    try {
      while (!closed) {
        for (ConsumerRecord<byte[], byte[]> found : consumer.poll(POLL)) {
          take(JsonRecords.WINDOWS.decode(found.value()));
        }
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
    } finally {
      consumer.close();
    }
  }

  private synchronized void take(WindowSummary row) {
    Seen seen = new Seen(row, System.currentTimeMillis());
    Seen before = last.put(new Window(row.windowStart(), row.series().key()), seen);
    // Exactly once means that each revision is there once, and none is left out.
    if (row.revision() != (before == null ? 0 : before.row().revision() + 1)) {
      outOfTurn.add(row + " came after " + before);
    }
    if (row.series().equals(Series.TOTAL)) {
      totals.add(seen);
    }
  }

  /// All rows of the total, in the order in which they came, revisions included.
  synchronized List<Seen> totals() {
    return List.copyOf(totals);
  }

  /// Requests by start of window, of the total, as their last revisions have it.
  synchronized Map<Long, Long> requests() {
    Map<Long, Long> requests = new TreeMap<>();
    totals.forEach(seen -> requests.put(seen.row().windowStart(), seen.row().requests()));
    return requests;
  }

  /// Requests of all windows of the total.
  long sum() {
    return requests().values().stream().mapToLong(Long::longValue).sum();
  }

  /// Requests of all windows of routes.
  synchronized long sumOfRoutes() {
    return last.values().stream()
        .filter(seen -> !seen.row().series().isRollup())
        .mapToLong(seen -> seen.row().requests())
        .sum();
  }

  /// The last row of a series and window, null if there is none.
  synchronized Seen last(long start, Series series) {
    return last.get(new Window(start, series.key()));
  }

  synchronized void assertNoRevisionIsMissingOrTwice() {
    assertTrue(outOfTurn.isEmpty(), () -> String.join("\n", outOfTurn));
  }

  void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (failure != null) {
        throw new AssertionError("cannot read rows", failure);
      }
      if (System.nanoTime() > deadline) {
        fail("waited " + PATIENCE.toSeconds() + " s in vain: " + what + "; there is " + requests());
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
