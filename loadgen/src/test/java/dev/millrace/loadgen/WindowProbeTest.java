package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.LateEvents;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSummary;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Reads what Kafka's own stand-in for a consumer hands out.
@Timeout(60)
class WindowProbeTest {
  private static final Series CART = new Series("cart", "/v1/items");
  private static final TopicPartition ROWS = new TopicPartition(Topics.WINDOWS_1S, 0);
  private static final TopicPartition LATE = new TopicPartition(Topics.LATE, 0);

  private final Figures figures = new Figures();
  private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("latest");
  private long offset;

  private WindowProbe probe(Duration linger) {
    // Events are due at the start of a run that began three seconds ago.
    figures.start(System.nanoTime() - TimeUnit.SECONDS.toNanos(3));
    consumer.updateEndOffsets(Map.of(ROWS, 0L, LATE, 0L));
    return new WindowProbe(consumer, List.of(ROWS, LATE), linger, figures);
  }

  private void record(TopicPartition to, Series series, byte[] value) {
    byte[] key = series.key().getBytes(StandardCharsets.UTF_8);
    consumer.addRecord(new ConsumerRecord<>(to.topic(), to.partition(), offset++, key, value));
  }

  private void row(Series series, long startMs, long requests, int revision) {
    WindowSummary row =
        new WindowSummary(
            startMs,
            1_000,
            series.service(),
            series.route(),
            requests,
            0,
            0,
            0,
            0,
            null,
            null,
            0,
            revision,
            true);
    record(ROWS, series, JsonRecords.WINDOWS.encode(row));
  }

  private static void await(BooleanSupplier done) {
    while (!done.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aRowIsWhatItsEventsWaitFor() {
    try (WindowProbe probe = probe(Duration.ZERO)) {
      probe.sending(CART.key(), 10_500, 0);
      row(CART, 9_000, 1, 0);
      row(CART, 10_000, 1, 0);
      await(probe::hasMeasured);
      probe.finish();
      Histogram seen = figures.e2e.interval();
      assertEquals(1, seen.getTotalCount());
      assertTrue(seen.getMaxValue() >= 3_000_000, seen.getMaxValue() + "");
      assertTrue(probe.failure().isEmpty() && probe.remark().isEmpty());
    }
  }

  @Test
  void whatMakesTheReaderStumbleIsSaidAndThereAreNoFigures() {
    try (WindowProbe probe = probe(Duration.ZERO)) {
      probe.sending(CART.key(), 10_500, 0);
      row(CART, 10_000, 1, 0);
      await(probe::hasMeasured);
      probe.sending(CART.key(), 11_500, 0);
      // JSON, but of no row.
      record(ROWS, CART, "null".getBytes(StandardCharsets.UTF_8));
      await(() -> probe.failure().isPresent());
      assertFalse(probe.hasMeasured());
    }
  }

  @Test
  void aRowThatDoesNotComeCountsWithAllTheTimeForWhichItWasToBeWaitedFor() {
    try (WindowProbe probe = probe(Duration.ofMillis(300))) {
      probe.sending(CART.key(), 10_500, 0);
      row(CART, 10_000, 1, 0);
      await(probe::hasMeasured);
      probe.sending(CART.key(), 11_500, figures.elapsed());
      probe.finish();
      Histogram seen = figures.e2e.interval();
      assertEquals(2, seen.getTotalCount());
      assertTrue(seen.getMinValue() >= 299_000, seen.getMinValue() + "");
      assertTrue(probe.remark().orElseThrow().startsWith("1 events of the sample were in no"));
    }
  }

  @Test
  void eventsThatComeAfterTheFirstRowOfTheirWindowAreCounted() {
    try (WindowProbe probe = probe(Duration.ZERO)) {
      row(Series.TOTAL, 10_000, 90, 0);
      row(Series.TOTAL, 11_000, 100, 0);
      row(Series.TOTAL, 10_000, 97, 1);
      record(
          LATE,
          CART,
          JsonRecords.LATE.encode(new LateEvents(9_000, 1_000, "cart", "/v1/items", 3)));
      record(
          LATE, Series.TOTAL, JsonRecords.LATE.encode(new LateEvents(9_000, 1_000, "*", "*", 3)));
      await(() -> probe.uncounted() >= 10);
      assertEquals(10, probe.uncounted());
    }
  }
}
