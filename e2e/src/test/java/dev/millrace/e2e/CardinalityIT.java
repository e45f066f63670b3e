package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Somebody has put an identifier into the route.
class CardinalityIT {
  private static final int PARTITIONS = 2;
  private static final int MAX_SERIES = 1_000;
  private static final int EVENTS = 1_000_000;
  private static final int WARM = 200_000;
  private static final int EVENTS_A_SECOND = 10_000;
  private static final long HEAP_MARGIN = 64 << 20;
  private static final Series OTHER = new Series("shop", "(other)");

  @TempDir private Path folder;

  @Test
  void aMillionRoutesAreCountedWithinBoundedMemory() throws Exception {
    PrintStream log = System.err;
    ByteArrayOutputStream logged = new ByteArrayOutputStream();
    System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), BrokerConfig.ANY_PORT))) {
      String kafka = broker.bootstrapServers();
      Cli.runWell(
          "topics",
          "create",
          "--bootstrap-server=" + kafka,
          "--partitions",
          Integer.toString(PARTITIONS));
      try (EventFeed feed = new EventFeed(kafka);
          PublishedRows rows = new PublishedRows(kafka, Topics.WINDOWS_1S);
          ProcessorRunner processor = new ProcessorRunner(config(kafka))) {
        processor.start();
        long began = System.nanoTime();
        long start = (System.currentTimeMillis() - 3_600_000) / 1_000 * 1_000;
        send(feed, rows, start, 0, WARM);
        long warmHeap = usedHeap();
        send(feed, rows, start, WARM, EVENTS);
        long heap = usedHeap();
        System.out.printf(
            "%,d routes in %d ms; heap %d MiB after %,d of them, %d MiB after all; %s%n",
            EVENTS,
            (System.nanoTime() - began) / 1_000_000,
            warmHeap >> 20,
            WARM,
            heap >> 20,
            processor.metrics());
        assertTrue(heap - warmHeap < HEAP_MARGIN, heap + " bytes of heap after " + warmHeap);
        rows.await("all routes", () -> rows.sumOfRoutes() == EVENTS);
        assertEquals(feed.sent(), rows.requests());
        rows.assertNoRevisionIsMissingOrTwice();
        assertNotNull(rows.last(start, OTHER));
        assertEquals(EVENTS - PARTITIONS * MAX_SERIES, processor.metrics().folded());
        assertEquals(EVENTS, processor.metrics().aggregated());
        assertEquals(0, processor.metrics().spilled());
      }
    } finally {
      System.setErr(log);
      log.print(logged);
    }
    for (int partition = 0; partition < PARTITIONS; partition++) {
      String warning = "partition " + partition + " has " + MAX_SERIES + " series, the limit";
      long warnings =
          logged
              .toString(StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.contains(warning))
              .count();
      assertEquals(1, warnings, warning);
    }
  }

  private static void send(EventFeed feed, PublishedRows rows, long start, int from, int to) {
    for (int i = from; i < to; i++) {
      feed.send(i % PARTITIONS, start + i / EVENTS_A_SECOND * 1_000L, "/r/" + i);
    }
    feed.flush();
    rows.await("all of the total", () -> rows.sum() == to);
  }

  private ProcessorConfig config(String kafka) {
    WindowingConfig usual = WindowingConfig.DEFAULT;
    return new ProcessorConfig(
        kafka,
        ProcessorConfig.DEFAULT_APPLICATION_ID,
        ProcessorConfig.DEFAULT_THREADS,
        new WindowingConfig(
            usual.sizes(),
            usual.outOfOrderness(),
            usual.allowedLateness(),
            usual.idleTimeout(),
            usual.idleRetention(),
            MAX_SERIES,
            usual.maxFutureSkew()),
        ProcessorConfig.DEFAULT_COMMIT_INTERVAL,
        ProcessorConfig.defaultWindowsInMemory(),
        true,
        folder.resolve("state"),
        Map.of());
  }

  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
