package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Partitions without events: they hold back no window, and what they bring later is not lost.
class IdleIT {
  private static final int PARTITIONS = 4;
  private static final Duration IDLE_TIMEOUT = Duration.ofMillis(300);
  private static final long SECOND_MS = 1_000;

  /// Between two events of a steady trickle.
  private static final long TRICKLE_MS = 50;

  @TempDir private Path folder;

  @Test
  void theLastWindowClosesWhenAllPartitionsGoSilent() throws Exception {
    withPipeline(
        WindowingConfig.DEFAULT_IDLE_RETENTION,
        (kafka, feed, rows) -> {
          long now = System.currentTimeMillis();
          for (int partition = 0; partition < PARTITIONS; partition++) {
            feed.send(partition, now - SECOND_MS * partition);
          }
          feed.flush();
          rows.await("all windows", () -> rows.sum() == PARTITIONS);
          report("all partitions silent", rows.totals().getLast());
        });
  }

  @Test
  void windowsCloseWhenOnePartitionGoesSilent() throws Exception {
    withPipeline(
        WindowingConfig.DEFAULT_IDLE_RETENTION,
        (kafka, feed, rows) -> {
          long silentFrom = System.currentTimeMillis();
          feed.send(0, silentFrom);
          trickle(feed, rows, silentFrom + 3 * SECOND_MS);
          PublishedRows.Seen first =
              rows.totals().stream()
                  .filter(seen -> seen.row().windowStart() > silentFrom + SECOND_MS)
                  .findFirst()
                  .orElseThrow();
          report("one partition silent", first);
          rows.await("the rest", () -> rows.requests().equals(feed.sent()));
        });
  }

  @Test
  void partitionsThatNeverHadAnEventHoldNothingBack() throws Exception {
    withPipeline(
        WindowingConfig.DEFAULT_IDLE_RETENTION,
        (kafka, feed, rows) -> {
          trickle(feed, rows, System.currentTimeMillis() + 2 * SECOND_MS);
          rows.await("the rest", () -> rows.requests().equals(feed.sent()));
        });
  }

  /// Nor one that comes after it, which would find the same.
  @Test
  void anotherInstanceMayComeBeforeThereIsAnyEvent() throws Exception {
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), 0));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      String server = "--bootstrap-server=" + broker.bootstrapServers();
      Cli.runWell("topics", "create", server);
      try (Cli.Running first = startProcessor(server, "first")) {
        // Watermarks of nothing have been merged and committed.
        Await.until(() -> hasMerged(admin), first::toString);
        try (Cli.Running second = startProcessor(server, "second")) {
          assertEquals(143, second.terminate());
        }
      }
    }
  }

  private Cli.Running startProcessor(String server, String name) throws Exception {
    Cli.Running processor =
        Cli.start("processor", server, "--state", folder.resolve(name).toString());
    processor.awaitLine(line -> line.startsWith("processor started"));
    return processor;
  }

  private static boolean hasMerged(Admin admin) {
    try {
      return admin
          .listConsumerGroupOffsets(ProcessorConfig.DEFAULT_APPLICATION_ID)
          .partitionsToOffsetAndMetadata()
          .get()
          .entrySet()
          .stream()
          .anyMatch(read ->
              read.getKey().topic().endsWith("-repartition") && read.getValue().offset() > 0);
    } catch (ExecutionException e) {
      // There is no group yet.
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aPartitionOfNothingButPoisonHoldsNothingBack() throws Exception {
    withPipeline(
        WindowingConfig.DEFAULT_IDLE_RETENTION,
        (kafka, feed, rows) -> {
          long until = System.currentTimeMillis() + 20 * SECOND_MS;
          while (rows.totals().isEmpty() && System.currentTimeMillis() < until) {
            feed.send(1, System.currentTimeMillis());
            feed.sendPoison(0);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TRICKLE_MS));
          }
          assertTrue(!rows.totals().isEmpty(), "no row in 20 s");
        });
  }

  @Test
  void whatAnIdlePartitionBringsLaterIsARevision() throws Exception {
    withPipeline(
        WindowingConfig.DEFAULT_IDLE_RETENTION,
        (kafka, feed, rows) -> {
          long start = firstPart(feed, rows);
          secondPart(feed, rows, start);
        });
  }

  @Test
  void whatAnIdlePartitionBringsAfterARestartIsARevision() throws Exception {
    try (EmbeddedBroker broker = broker();
        EventFeed feed = new EventFeed(broker.bootstrapServers());
        PublishedRows rows = new PublishedRows(broker.bootstrapServers(), Topics.WINDOWS_1S)) {
      String kafka = broker.bootstrapServers();
      long start;
      try (ProcessorRunner before =
          processor(kafka, "before", WindowingConfig.DEFAULT_IDLE_RETENTION)) {
        before.start();
        start = firstPart(feed, rows);
      }
      try (ProcessorRunner after =
          processor(kafka, "after", WindowingConfig.DEFAULT_IDLE_RETENTION)) {
        after.start();
        secondPart(feed, rows, start);
      }
    }
  }

  /// One partition falls silent, the others go on.
  private static long firstPart(EventFeed feed, PublishedRows rows) {
    long start = secondsAgo(60);
    for (int second = 0; second < 9; second++) {
      for (int partition = second < 3 ? 0 : 1; partition < PARTITIONS; partition++) {
        feed.send(partition, start + second * SECOND_MS);
      }
    }
    feed.flush();
    rows.await("all windows", () -> rows.requests().equals(feed.sent()));
    return start;
  }

  /// It comes back with what belongs into windows that are published.
  private static void secondPart(EventFeed feed, PublishedRows rows, long start) {
    for (int second = 3; second < 9; second++) {
      feed.send(0, start + second * SECOND_MS);
    }
    feed.flush();
    rows.await("revised windows", () -> rows.requests().equals(feed.sent()));
    for (int second = 3; second < 9; second++) {
      PublishedRows.Seen seen = rows.last(start + second * SECOND_MS, Series.TOTAL);
      assertTrue(seen.row().revision() > 0, seen.toString());
    }
  }

  @Test
  void whatComesAfterTheRetentionIsCountedAsLate() throws Exception {
    Duration retention = Duration.ofSeconds(2);
    try (EmbeddedBroker broker = broker();
        EventFeed feed = new EventFeed(broker.bootstrapServers());
        PublishedRows rows = new PublishedRows(broker.bootstrapServers(), Topics.WINDOWS_1S);
        ProcessorRunner processor = processor(broker.bootstrapServers(), "state", retention)) {
      processor.start();
      long start = secondsAgo(3_600);
      for (int partition = 0; partition < PARTITIONS; partition++) {
        feed.send(partition, start);
      }
      long steps = 3 * retention.toMillis() / TRICKLE_MS;
      for (int step = 1; step <= steps; step++) {
        for (int partition = 1; partition < PARTITIONS; partition++) {
          feed.send(partition, start + step * SECOND_MS);
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TRICKLE_MS));
      }
      rows.await("all windows", () -> rows.requests().equals(feed.sent()));
      int old = 0;
      for (int step = 1; step <= steps; step++, old++) {
        feed.send(0, start + step * SECOND_MS);
      }
      feed.flush();
      rows.await("all", () -> rows.sum() + processor.metrics().late() >= feed.sum());
      assertEquals(feed.sum(), rows.sum() + processor.metrics().late());
      long late = processor.metrics().late();
      assertTrue(late > 0 && late < old, late + " late");
      System.out.printf("after the retention: of %d, %d late%n", old, late);
      rows.assertNoRevisionIsMissingOrTwice();
    }
  }

  @Test
  void nothingVanishesWhenTheBrokerIsAwayForLongerThanTheIdleTimeout() throws Exception {
    Cli.runWell("--version");
    String data = folder.resolve("broker").toString();
    String port = Integer.toString(Cli.freePort());
    Cli.Running[] broker = {Cli.start("broker", "--port", port, "--data", data)};
    try {
      String kafka = broker[0].awaitKafka();
      try (EventFeed feed = new EventFeed(kafka);
          PublishedRows rows = new PublishedRows(kafka, Topics.WINDOWS_1S);
          ProcessorRunner processor =
              processor(kafka, "state", WindowingConfig.DEFAULT_IDLE_RETENTION)) {
        processor.start();
        long start = secondsAgo(3_600);
        sendToAll(feed, start, 0, 20);
        feed.flush();
        rows.await("the first windows", () -> rows.requests().equals(feed.sent()));
        // A backlog in two partitions, and nothing in the others.
        for (int second = 20; second < 320; second++) {
          for (int i = 0; i < 1_000; i++) {
            feed.send(2 + i % 2, start + second * SECOND_MS);
          }
        }
        feed.flush();
        broker[0].kill();
        long killedAt = System.currentTimeMillis();
        LockSupport.parkNanos(10 * IDLE_TIMEOUT.toNanos());
        broker[0] = Cli.start("broker", "--port", port, "--data", data);
        broker[0].awaitKafka();
        for (int second = 20; second < 320; second++) {
          feed.send(0, start + second * SECOND_MS);
          feed.send(1, start + second * SECOND_MS);
        }
        sendToAll(feed, start, 320, 330);
        feed.flush();
        rows.await("all windows", () -> rows.requests().equals(feed.sent()));
        System.out.printf(
            "broker away for %s: all windows right %d ms after the kill; %s%n",
            IDLE_TIMEOUT.multipliedBy(10),
            System.currentTimeMillis() - killedAt,
            processor.metrics());
        rows.assertNoRevisionIsMissingOrTwice();
        assertEquals(0, processor.metrics().late());
      }
    } finally {
      broker[0].close();
    }
  }

  private static void sendToAll(EventFeed feed, long start, int from, int to) {
    for (int second = from; second < to; second++) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        feed.send(partition, start + second * SECOND_MS);
      }
    }
  }

  /// The start of a second that long ago.
  private static long secondsAgo(int seconds) {
    return (System.currentTimeMillis() / SECOND_MS - seconds) * SECOND_MS;
  }

  private interface Course {
    void run(String kafka, EventFeed feed, PublishedRows rows) throws Exception;
  }

  private void withPipeline(Duration idleRetention, Course course) throws Exception {
    try (EmbeddedBroker broker = broker();
        EventFeed feed = new EventFeed(broker.bootstrapServers());
        PublishedRows rows = new PublishedRows(broker.bootstrapServers(), Topics.WINDOWS_1S);
        ProcessorRunner processor = processor(broker.bootstrapServers(), "state", idleRetention)) {
      processor.start();
      course.run(broker.bootstrapServers(), feed, rows);
      rows.assertNoRevisionIsMissingOrTwice();
      assertEquals(0, processor.metrics().late());
    }
  }

  private EmbeddedBroker broker() {
    // Any command makes the logs of this JVM quiet.
    Cli.runWell("--version");
    EmbeddedBroker broker =
        EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), BrokerConfig.ANY_PORT));
    Cli.runWell(
        "topics",
        "create",
        "--bootstrap-server=" + broker.bootstrapServers(),
        "--partitions",
        Integer.toString(PARTITIONS));
    return broker;
  }

  private ProcessorRunner processor(String kafka, String state, Duration idleRetention) {
    return new ProcessorRunner(
        new ProcessorConfig(
            kafka,
            ProcessorConfig.DEFAULT_APPLICATION_ID,
            ProcessorConfig.DEFAULT_THREADS,
            new WindowingConfig(
                EnumSet.allOf(WindowSize.class),
                WindowingConfig.DEFAULT_OUT_OF_ORDERNESS,
                WindowingConfig.DEFAULT_ALLOWED_LATENESS,
                IDLE_TIMEOUT,
                idleRetention,
                WindowingConfig.DEFAULT_MAX_SERIES,
                WindowingConfig.DEFAULT.maxFutureSkew()),
            ProcessorConfig.DEFAULT_COMMIT_INTERVAL,
            ProcessorConfig.defaultWindowsInMemory(),
            true,
            folder.resolve(state),
            Map.of()));
  }

  /// Live events on all partitions but the first, until a window that ends after this is published.
  private static void trickle(EventFeed feed, PublishedRows rows, long end) {
    rows.await(
        "a window that ends after " + end,
        () -> {
          for (int partition = 1; partition < PARTITIONS; partition++) {
            feed.send(partition, System.currentTimeMillis());
          }
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TRICKLE_MS));
          return !rows.totals().isEmpty() && rows.totals().getLast().end() > end;
        });
    feed.flush();
  }

  private static void report(String what, PublishedRows.Seen seen) {
    System.out.printf(
        "%s: a row could be read %d ms after its window's end%n",
        what, seen.readAtMs() - seen.end());
  }
}
