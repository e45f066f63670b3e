package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// From Kafka into files.
@Timeout(120)
class FileSinkIT {
  private static final int PARTITIONS = 3;

  /// The clock of the sinks: the hour of all rows is over.
  private static final Instant LATER =
      Instant.ofEpochMilli(Traffic.START).plus(Duration.ofHours(2));

  @TempDir static Path brokerFolder;
  private static EmbeddedBroker broker;

  @TempDir Path temp;
  private WindowTopic topic;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(new BrokerConfig(brokerFolder, BrokerConfig.ANY_PORT));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void makeTopic(TestInfo test) {
    String name = test.getTestMethod().orElseThrow().getName();
    topic = new WindowTopic(broker.bootstrapServers(), name + "-" + System.nanoTime());
    topic.create(PARTITIONS);
  }

  @AfterEach
  void closeTopic() {
    topic.close();
  }

  private Path folder() {
    return temp.resolve("files");
  }

  private WindowFiles files() {
    return new WindowFiles(folder(), FileFormat.PARQUET);
  }

  private WindowStore store(DurableFiles.Steps steps) {
    return FileWindowStore.open(
        new FileStoreConfig(folder(), FileFormat.PARQUET, Duration.ZERO, 100), steps, () -> LATER);
  }

  private RunningSink start() {
    return start(store(_ -> {}), Map.of());
  }

  private RunningSink start(WindowStore store, Map<String, String> kafka) {
    return RunningSink.start(topic, store, kafka, Optional.empty());
  }

  private void awaitAllRead(RunningSink... sinks) {
    RunningSink.awaitAllRead(topic, sinks);
  }

  /// When nothing comes any more, the sink closes what is due.
  private void awaitFilesOf(List<WindowSummary> rows) {
    Await.until("no part is left", this::allIsFinished);
    assertEquals(json(rows), json(files().latest()));
  }

  private boolean allIsFinished() {
    try {
      return files().manifest().parts().isEmpty();
    } catch (IOException _) {
      return false;
    }
  }

  private static List<String> json(List<WindowSummary> rows) {
    return rows.stream()
        .sorted(Comparator.comparing(WindowFiles::key))
        .map(row -> new String(JsonRecords.WINDOWS.encode(row), StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void rowsArriveAndARestartGoesOn() {
    List<WindowSummary> rows = Traffic.random(new Random(1), 5000).rows();
    try (RunningSink sink = start()) {
      topic.send(rows.subList(0, 20));
      awaitAllRead(sink);
      Await.until("ready", () -> sink.runner().health().ready());
    }
    topic.deleteGroup(topic.name());
    topic.send(rows.subList(20, rows.size()));
    try (RunningSink sink = start()) {
      awaitAllRead(sink);
      assertEquals(rows.size() - 20, sink.runner().metrics().consumed());
      assertEquals(rows.size() - 20, sink.runner().metrics().written());
      awaitFilesOf(rows);
    }
  }

  @Test
  void twoSinksShareOneFolder() {
    List<WindowSummary> rows = Traffic.random(new Random(2), 5000).rows();
    Map<String, String> kafka = Map.of("max.poll.records", "2");
    long consumed;
    try (RunningSink first = start(store(_ -> {}), kafka)) {
      topic.send(rows.subList(0, 20));
      Await.until("first has all", () -> first.runner().positions().size() == PARTITIONS);
      try (RunningSink second = start(store(_ -> {}), kafka)) {
        topic.send(rows.subList(20, 35));
        Await.until(
            "they share",
            () ->
                !second.runner().positions().isEmpty()
                    && first.runner().positions().size() + second.runner().positions().size()
                        == PARTITIONS);
        topic.send(rows.subList(35, 40));
        awaitAllRead(first, second);
        first.runner().close();
        topic.send(rows.subList(40, rows.size()));
        awaitAllRead(second);
        consumed = first.runner().metrics().consumed() + second.runner().metrics().consumed();
        awaitFilesOf(rows);
      }
    }
    assertEquals(rows.size(), consumed);
  }

  @Test
  void aSinkThatWasThoughtDeadWritesNothing() throws InterruptedException {
    List<WindowSummary> rows = Traffic.random(new Random(3), 500).rows();
    CountDownLatch asleep = new CountDownLatch(1);
    CountDownLatch awake = new CountDownLatch(1);
    WindowStore sleepy =
        new ForwardingStore(store(_ -> {})) {
          @Override
          void beforeWrite() throws InterruptedException {
            asleep.countDown();
            awake.await();
          }
        };
    try (RunningSink zombie = start(sleepy, Map.of("max.poll.interval.ms", "1000"))) {
      topic.send(rows);
      asleep.await();
      try (RunningSink successor = start()) {
        awaitAllRead(successor);
        awake.countDown();
        Await.until("the conflict", () -> zombie.runner().metrics().conflicts() == 1);
        assertEquals(0, zombie.runner().metrics().consumed());
        awaitFilesOf(rows);
      }
      assertEquals(rows.size(), files().finished("windows-").size());
    }
  }

  @Test
  void waitsWhileTheDiskIsFull() {
    List<WindowSummary> rows = Traffic.random(new Random(4), 500).rows();
    AtomicBoolean full = new AtomicBoolean();
    DurableFiles.Steps disk =
        _ -> {
          if (full.get()) {
            throw new IOException("No space left on device");
          }
        };
    try (RunningSink sink = start(store(disk), Map.of());
        SinkTelemetry telemetry = SinkTelemetry.of(sink.runner())) {
      Await.until("ready", () -> sink.runner().health().ready());
      assertTrue(metrics(telemetry).contains("\nmillrace_sink_store_available 1.0\n"));
      assertTrue(telemetry.ready().ok());
      full.set(true);
      topic.send(rows);
      Await.until(
          "it says so",
          () -> sink.runner().health().cause().contains("the disk is full; make room"));
      assertTrue(sink.runner().health().live());
      assertFalse(sink.runner().health().ready());
      assertTrue(metrics(telemetry).contains("\nmillrace_sink_store_available 0.0\n"));
      assertTrue(metrics(telemetry).contains("\nmillrace_sink_ready 0.0\n"));
      assertTrue(telemetry.live().ok());
      assertTrue(telemetry.ready().cause().contains("disk"), telemetry.ready().cause());
      full.set(false);
      awaitAllRead(sink);
      awaitFilesOf(rows);
      Await.until("ready again", () -> sink.runner().health().ready());
    }
  }

  private static String metrics(SinkTelemetry telemetry) {
    return new String(telemetry.scrape(null).body(), StandardCharsets.UTF_8);
  }
}
