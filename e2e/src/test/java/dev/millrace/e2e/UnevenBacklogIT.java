package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Topics;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorMetrics;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A backlog of more windows than merge has in memory, of whose partitions some are read long
/// before others. Nothing is late for that.
class UnevenBacklogIT {
  private static final int SERIES = 100;
  private static final int WINDOWS_IN_MEMORY = 10_000;

  @TempDir private Path folder;

  private EmbeddedBroker broker;
  private String kafka;
  private int instances;

  @BeforeEach
  void startBroker() {
    broker =
        EmbeddedBroker.start(
            new BrokerConfig(
                folder.resolve("broker"),
                BrokerConfig.ANY_PORT,
                BrokerConfig.DEFAULT_HOST,
                Map.of()));
    kafka = broker.bootstrapServers();
  }

  @AfterEach
  void stopBroker() {
    broker.close();
  }

  /// All windows have been published by then, and who published them is gone.
  @Test
  void aPartitionThatComesLongAfterAnotherChangesWindowsOnDisk() {
    int seconds = 300;
    topics(2);
    try (EventFeed feed = new EventFeed(kafka);
        PublishedRows rows = new PublishedRows(kafka, Topics.WINDOWS_1S);
        PublishedRows minutes = new PublishedRows(kafka, Topics.WINDOWS_1M)) {
      long start = System.currentTimeMillis() / 60_000 * 60_000 - 1_200_000;
      send(feed, start, seconds, 0, 1);
      try (ProcessorRunner processor = processor(1)) {
        awaitRequests(rows, feed);
        assertTrue(processor.metrics().spilled() > 0, processor.metrics().toString());
      }
      send(feed, start, seconds, 1, 1);
      try (ProcessorRunner processor = processor(1)) {
        awaitRequests(rows, feed);
        awaitRequests(minutes, feed);
        ProcessorMetrics metrics = processor.metrics();
        assertTrue(metrics.spilled() > 0, metrics.toString());
        assertEquals(0, metrics.late(), metrics.toString());
      }
      assertEquals(feed.sent(), rows.requests());
      rows.assertNoRevisionIsMissingOrTwice();
      minutes.assertNoRevisionIsMissingOrTwice();
    }
  }

  /// Three partitions share two threads: one of them is read at twice the speed of the others.
  @Test
  void partitionsReadAtDifferentSpeedsMakeNoEventLate() {
    int seconds = 600;
    int partitions = 3;
    topics(partitions);
    try (EventFeed feed = new EventFeed(kafka);
        PublishedRows rows = new PublishedRows(kafka, Topics.WINDOWS_1S)) {
      long start = System.currentTimeMillis() / 60_000 * 60_000 - 1_200_000;
      send(feed, start, seconds, 0, partitions);
      try (ProcessorRunner processor = processor(2)) {
        awaitRequests(rows, feed);
        assertEquals(0, processor.metrics().late(), processor.metrics().toString());
      }
      assertEquals(feed.sent(), rows.requests());
      rows.assertNoRevisionIsMissingOrTwice();
    }
  }

  private static void awaitRequests(PublishedRows rows, EventFeed feed) {
    long all = feed.sum();
    rows.await("all of the total", () -> rows.sum() == all);
    rows.await("all of the routes", () -> rows.sumOfRoutes() == all);
  }

  private void topics(int partitions) {
    Cli.runWell("topics", "create", "--bootstrap-server=" + kafka, "--partitions=" + partitions);
  }

  /// One event a second and series.
  private static void send(EventFeed feed, long start, int seconds, int first, int partitions) {
    for (int second = 0; second < seconds; second++) {
      for (int series = 0; series < SERIES; series++) {
        feed.send(
            first + (series + second) % partitions,
            start + second * 1_000L + 900L * series / SERIES,
            "/" + series);
      }
    }
    feed.flush();
  }

  private ProcessorRunner processor(int threads) {
    WindowingConfig usual = WindowingConfig.DEFAULT;
    ProcessorRunner processor =
        new ProcessorRunner(
            new ProcessorConfig(
                kafka,
                ProcessorConfig.DEFAULT_APPLICATION_ID,
                threads,
                new WindowingConfig(
                    usual.sizes(),
                    usual.outOfOrderness(),
                    usual.allowedLateness(),
                    usual.idleTimeout(),
                    usual.idleRetention(),
                    SERIES,
                    usual.maxFutureSkew()),
                ProcessorConfig.DEFAULT_COMMIT_INTERVAL,
                WINDOWS_IN_MEMORY,
                true,
                folder.resolve("state-" + ++instances),
                Map.of()));
    processor.start();
    return processor;
  }
}
