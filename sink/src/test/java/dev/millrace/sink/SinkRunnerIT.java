package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.WindowSummary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class SinkRunnerIT {
  private static final int PARTITIONS = 3;

  @TempDir static Path brokerFolder;
  private static EmbeddedBroker broker;

  @TempDir Path folder;
  private WindowTopic topic;

  @BeforeAll
  static void startBroker() {
    // By default members of Kafka's newer groups learn of each other every five seconds.
    Map<String, String> often =
        Map.of(
            "group.consumer.min.heartbeat.interval.ms", "300",
            "group.consumer.heartbeat.interval.ms", "300");
    broker =
        EmbeddedBroker.start(
            new BrokerConfig(
                brokerFolder, BrokerConfig.ANY_PORT, BrokerConfig.DEFAULT_HOST, often));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void makeTopic(TestInfo test) {
    String name = test.getTestMethod().orElseThrow().getName();
    topic = new WindowTopic(broker.bootstrapServers(), name + "-" + System.nanoTime());
  }

  @AfterEach
  void closeTopic() {
    topic.close();
  }

  private Path database() {
    return folder.resolve("millrace.db");
  }

  @Test
  void toMeasureTheConsumerDoesNotHoldUpTheStart() throws Exception {
    topic.create(PARTITIONS);
    SinkConfig config =
        new SinkConfig(
            topic.bootstrapServers(),
            List.of(topic.name()),
            topic.name(),
            Map.of(),
            Optional.empty());
    CompletableFuture<Thread> measuring = new CompletableFuture<>();
    try (WindowStore store = SqliteWindowStore.open(database());
        SinkRunner sink = new SinkRunner(config, store)) {
      sink.whenConnected(_ -> measuring.complete(Thread.currentThread()));
      sink.start();
      assertNotEquals(Thread.currentThread(), measuring.get(60, TimeUnit.SECONDS));
    }
  }

  private RunningSink start() {
    return start(SqliteWindowStore.open(database()), Map.of());
  }

  private RunningSink start(WindowStore store, Map<String, String> kafka) {
    return RunningSink.start(topic, store, kafka, Optional.empty());
  }

  private void awaitAllRead(RunningSink... sinks) {
    RunningSink.awaitAllRead(topic, sinks);
  }

  private void assertAgrees(Traffic traffic) {
    try (WindowQueries queries = WindowQueries.open(database())) {
      assertEquals(List.of(), Verifier.verify(List.of(traffic.ledger()), queries).differences());
      assertEquals(traffic.rows().size(), queries.rowCount());
    }
  }

  @Test
  void rowsArrive() {
    Traffic traffic = Traffic.random(new Random(1), 5000);
    try (RunningSink sink = start()) {
      topic.create(PARTITIONS);
      topic.send(traffic.rows());
      awaitAllRead(sink);
      Await.until("ready", () -> sink.runner().health().equals(new SinkHealth(true, true, "")));
      assertEquals(topic.endOffsets(), sink.runner().positions());
      SinkMetrics metrics = sink.runner().metrics();
      assertEquals(traffic.rows().size(), metrics.consumed());
      assertEquals(traffic.rows().size(), metrics.written());
      assertEquals(0, metrics.superseded() + metrics.rejected() + metrics.conflicts());
      Await.until(
          "lag is 0 for Kafka's tools", () -> topic.isReadBy(topic.committedBy(topic.name())));
    }
    assertAgrees(traffic);
  }

  @Test
  void restartGoesOnExactlyWhereTheDatabaseIs() {
    topic.create(PARTITIONS);
    Traffic traffic = Traffic.random(new Random(2), 3000);
    List<WindowSummary> rows = traffic.rows();
    try (RunningSink sink = start()) {
      topic.send(rows.subList(0, 20));
      awaitAllRead(sink);
    }
    topic.deleteGroup(topic.name());
    topic.send(rows.subList(20, rows.size()));
    try (RunningSink sink = start()) {
      awaitAllRead(sink);
      assertEquals(rows.size() - 20, sink.runner().metrics().consumed());
    }
    assertAgrees(traffic);
  }

  @Test
  void offsetsInKafkaDoNotMatter() {
    topic.create(1);
    topic.send(Traffic.random(new Random(3), 100).rows());
    topic.commit(topic.name(), Map.of(topic.partition(0), new OffsetAndMetadata(7)));
    try (RunningSink sink = start()) {
      awaitAllRead(sink);
    }
    assertAgrees(Traffic.random(new Random(3), 100));
  }

  @Test
  void abortedTransactionsAreNotRead() {
    topic.create(PARTITIONS);
    Traffic traffic = Traffic.random(new Random(4), 1000);
    Traffic aborted = Traffic.random(new Random(5), 1000);
    try (RunningSink sink = start()) {
      topic.sendInTransaction(traffic.rows(), true);
      topic.sendInTransaction(aborted.rows(), false);
      // All partitions end with markers, not with records.
      awaitAllRead(sink);
      assertEquals(traffic.rows().size(), sink.runner().metrics().consumed());
    }
    assertAgrees(traffic);
  }

  @Test
  void poisonIsSkippedAndCounted() {
    topic.create(1);
    Traffic traffic = Traffic.random(new Random(6), 100);
    try (RunningSink sink = start()) {
      topic.send(new byte[] {1, 2, 3});
      topic.send(traffic.rows());
      topic.send((byte[]) null);
      awaitAllRead(sink);
      SinkMetrics metrics = sink.runner().metrics();
      assertEquals(2, metrics.rejected());
      assertEquals(traffic.rows().size(), metrics.written());
      assertEquals(
          metrics.consumed(), metrics.written() + metrics.superseded() + metrics.rejected());
    }
    assertAgrees(traffic);
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void twoSinksShareOneDatabase(String protocol) {
    topic.create(PARTITIONS);
    Traffic traffic = Traffic.random(new Random(7), 5000);
    List<WindowSummary> rows = traffic.rows();
    Map<String, String> kafka = Map.of("group.protocol", protocol, "max.poll.records", "2");
    long consumed;
    try (RunningSink first = start(SqliteWindowStore.open(database()), kafka)) {
      topic.send(rows.subList(0, 20));
      Await.until("first has all", () -> first.runner().positions().size() == PARTITIONS);
      try (RunningSink second = start(SqliteWindowStore.open(database()), kafka)) {
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
      }
    }
    assertEquals(rows.size(), consumed);
    assertAgrees(traffic);
  }

  @Test
  void aSinkThatWasThoughtDeadOverwritesNothing() throws InterruptedException {
    topic.create(1);
    Traffic traffic = Traffic.random(new Random(8), 500);
    CountDownLatch asleep = new CountDownLatch(1);
    CountDownLatch awake = new CountDownLatch(1);
    WindowStore sleepy =
        new ForwardingStore(SqliteWindowStore.open(database())) {
          @Override
          void beforeWrite() throws InterruptedException {
            asleep.countDown();
            awake.await();
          }
        };
    try (RunningSink zombie = start(sleepy, Map.of("max.poll.interval.ms", "1000"))) {
      topic.send(traffic.rows());
      asleep.await();
      try (RunningSink successor = start()) {
        awaitAllRead(successor);
        awake.countDown();
        Await.until("the conflict", () -> zombie.runner().metrics().conflicts() == 1);
        assertEquals(traffic.rows().size(), successor.runner().metrics().consumed());
        assertEquals(0, zombie.runner().metrics().consumed());
      }
      Await.until("it goes on", () -> topic.isReadBy(zombie.runner().positions()));
      assertTrue(zombie.runner().failure().isEmpty());
    }
    assertAgrees(traffic);
  }

  @Test
  void deathBetweenRowsAndCommitLosesAndDoublesNothing() {
    topic.create(PARTITIONS);
    Traffic traffic = Traffic.random(new Random(9), 2000);
    topic.send(traffic.rows());
    WindowStore mortal =
        new ForwardingStore(SqliteWindowStore.open(database())) {
          @Override
          List<WindowSummary> rows(List<WindowSummary> rows) {
            return WindowStoreContract.dyingAfter(rows);
          }
        };
    try (RunningSink sink = start(mortal, Map.of())) {
      Await.until("death", () -> sink.runner().failure().isPresent());
      assertFalse(sink.runner().health().live());
      assertEquals(0, sink.runner().metrics().consumed());
      assertEquals(Map.of(), sink.store().offsets());
    }
    try (RunningSink sink = start()) {
      awaitAllRead(sink);
      assertEquals(traffic.rows().size(), sink.runner().metrics().consumed());
    }
    assertAgrees(traffic);
  }

  @Test
  void waitsForALockedDatabase() throws Exception {
    topic.create(1);
    Traffic traffic = Traffic.random(new Random(10), 100);
    try (RunningSink sink = start()) {
      Await.until("ready", () -> sink.runner().health().ready());
      try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + database());
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN IMMEDIATE");
        topic.send(traffic.rows());
        Await.until("waiting", () -> sink.runner().health().cause().contains("is locked"));
        assertTrue(sink.runner().health().live());
        assertFalse(sink.runner().health().ready());
        statement.execute("ROLLBACK");
      }
      awaitAllRead(sink);
      Await.until("ready again", () -> sink.runner().health().ready());
    }
    assertAgrees(traffic);
  }

  @Test
  void waitsForSpaceOnAFullDisk() throws Exception {
    topic.create(1);
    Traffic traffic = Traffic.random(new Random(13), 5000);
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), 4)) {
      Path database = disk.path().resolve("millrace.db");
      // What others have left on it.
      Path ballast = disk.path().resolve("ballast");
      try (RunningSink sink = start(SqliteWindowStore.open(database), Map.of())) {
        Await.until("ready", () -> sink.runner().health().ready());
        disk.fill(ballast);
        topic.send(traffic.rows());
        Await.until("waiting", () -> sink.runner().health().cause().contains("the disk is full"));
        assertTrue(sink.runner().health().live());
        assertFalse(sink.runner().health().ready());
        assertEquals(0, sink.runner().metrics().consumed());
        Files.delete(ballast);
        awaitAllRead(sink);
        Await.until("ready again", () -> sink.runner().health().ready());
        assertEquals(traffic.rows().size(), sink.runner().metrics().written());
      }
      Files.copy(database, database());
    }
    assertAgrees(traffic);
  }

  @Test
  void refusesTheDatabaseOfAnotherCluster() {
    try (WindowStore store = SqliteWindowStore.open(database())) {
      store.bindTo("another-cluster");
    }
    SinkException refusal = assertThrows(SinkException.class, this::start);
    assertTrue(refusal.getMessage().contains("holds rows of Kafka cluster another-cluster"));
  }

  @Test
  void refusesATopicThatWasMadeAnew() {
    topic.create(1);
    topic.send(Traffic.random(new Random(11), 100).rows());
    try (RunningSink sink = start()) {
      awaitAllRead(sink);
    }
    topic.delete();
    topic.create(1);
    topic.send(Traffic.random(new Random(12), 1000).rows());
    try (RunningSink sink = start()) {
      Await.until("refusal", () -> sink.runner().failure().isPresent());
      String sentence = sink.runner().failure().orElseThrow().getMessage();
      assertTrue(sentence.contains("holds rows of an earlier topic"), sentence);
    }
  }

  @Test
  void saysThatKafkaIsNotThere() {
    try (WindowStore store = SqliteWindowStore.open(database());
        SinkRunner runner =
            new SinkRunner(
                new SinkConfig(
                    "127.0.0.1:1",
                    SinkConfig.DEFAULT_TOPICS,
                    "group",
                    Map.of("default.api.timeout.ms", "1000", "request.timeout.ms", "500"),
                    Optional.empty()),
                store)) {
      SinkException refusal = assertThrows(SinkException.class, runner::start);
      assertTrue(
          refusal.getMessage().startsWith("no use of Kafka at --bootstrap-server 127.0.0.1:1: "),
          refusal.getMessage());
    }
  }
}
