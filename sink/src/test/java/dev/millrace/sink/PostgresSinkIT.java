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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The sink from Kafka into PostgreSQL, and what goes wrong in between.
@Timeout(180)
class PostgresSinkIT {
  private static final int PARTITIONS = 3;

  @TempDir static Path brokerFolder;
  private static PostgresServer postgres;
  private static EmbeddedBroker broker;

  @TempDir Path folder;
  private WindowTopic topic;
  private String database;

  @BeforeAll
  static void startServers() {
    postgres = PostgresServer.start();
    broker = EmbeddedBroker.start(new BrokerConfig(brokerFolder, BrokerConfig.ANY_PORT));
  }

  @AfterAll
  static void stopServers() {
    if (broker != null) {
      broker.close();
    }
    if (postgres != null) {
      postgres.close();
    }
  }

  @BeforeEach
  void makeTopic(TestInfo test) {
    String name = test.getTestMethod().orElseThrow().getName();
    topic = new WindowTopic(broker.bootstrapServers(), name + "-" + System.nanoTime());
    topic.create(PARTITIONS);
    database = postgres.newDatabase();
  }

  @AfterEach
  void closeTopic() {
    topic.close();
  }

  private RunningSink start(PostgresConfig config, Map<String, String> kafka, Duration keep) {
    return RunningSink.start(
        topic, PostgresWindowStore.open(config), kafka, Optional.ofNullable(keep));
  }

  private RunningSink start() {
    return start(postgres.config(database), Map.of(), null);
  }

  private void awaitAllRead(RunningSink sink) {
    RunningSink.awaitAllRead(topic, sink);
  }

  /// Every row once, with what was sent.
  private void assertHolds(Traffic traffic) {
    assertEquals(json(traffic.rows()), json(postgres.rows(database)));
  }

  private static List<String> json(List<WindowSummary> rows) {
    return rows.stream()
        .map(row -> new String(JsonRecords.WINDOWS.encode(row), StandardCharsets.UTF_8))
        .sorted()
        .toList();
  }

  @Test
  void restartGoesOnExactlyWhereTheDatabaseIs() {
    Traffic traffic = Traffic.random(new Random(1), 3000);
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
    assertHolds(traffic);
  }

  @Test
  void aServerThatIsAwayForLongerThanAMemberMayBeSilentIsWaitedFor() {
    Traffic traffic = Traffic.random(new Random(2), 3000);
    List<WindowSummary> rows = traffic.rows();
    try (RunningSink sink =
        start(postgres.config(database), Map.of("max.poll.interval.ms", "3000"), null)) {
      topic.send(rows.subList(0, 20));
      awaitAllRead(sink);
      String member = topic.onlyMemberOf(topic.name());
      postgres.server().stop();
      topic.send(rows.subList(20, rows.size()));
      Await.until(
          "it says for how long",
          () -> sink.runner().health().cause().matches(".* cannot be had: .*, for [4-9] s now"));
      assertTrue(sink.runner().health().live());
      assertFalse(sink.runner().health().ready());
      assertEquals(20, sink.runner().metrics().consumed());
      postgres.server().start();
      awaitAllRead(sink);
      Await.until("ready again", () -> sink.runner().health().ready());
      assertEquals(member, topic.onlyMemberOf(topic.name()));
      SinkMetrics metrics = sink.runner().metrics();
      assertEquals(rows.size(), metrics.consumed());
      assertEquals(rows.size(), metrics.written());
      assertEquals(0, metrics.conflicts());
    }
    assertHolds(traffic);
  }

  @Test
  void aSinkThatGetsItsPartitionsWhileTheServerIsAwayBeginsLater() {
    Traffic traffic = Traffic.random(new Random(3), 1000);
    try (RunningSink first = start();
        RunningSink second = start()) {
      Await.until(
          "they share",
          () ->
              !first.runner().positions().isEmpty()
                  && first.runner().positions().size() + second.runner().positions().size()
                      == PARTITIONS);
      postgres.server().stop();
      topic.send(traffic.rows());
      Await.until(
          "both wait or have nothing",
          () -> !first.runner().health().ready() || !second.runner().health().ready());
      first.runner().close();
      Await.until(
          "the other has all", () -> second.runner().health().cause().contains("cannot be had"));
      postgres.server().start();
      awaitAllRead(second);
      assertEquals(PARTITIONS, second.runner().positions().size());
      assertEquals(
          traffic.rows().size(),
          first.runner().metrics().consumed() + second.runner().metrics().consumed());
    }
    assertHolds(traffic);
  }

  @Test
  void aCommitWhoseAnswerIsLostCountsOnce() throws IOException {
    Traffic traffic = Traffic.random(new Random(4), 3000);
    List<WindowSummary> rows = traffic.rows();
    try (CuttingProxy proxy = new CuttingProxy(postgres.server().port());
        RunningSink sink = start(postgres.configVia(proxy.port(), database), Map.of(), null)) {
      topic.send(rows.subList(0, 10));
      awaitAllRead(sink);
      proxy.cutNextCommit(CuttingProxy.Cut.BEFORE_ITS_ANSWER);
      topic.send(rows.subList(10, 20));
      awaitAllRead(sink);
      proxy.cutNextCommit(CuttingProxy.Cut.BEFORE_IT_ARRIVES);
      topic.send(rows.subList(20, rows.size()));
      awaitAllRead(sink);
      SinkMetrics metrics = sink.runner().metrics();
      assertEquals(rows.size(), metrics.consumed());
      assertEquals(rows.size(), metrics.written());
      assertEquals(0, metrics.superseded() + metrics.conflicts());
    }
    assertHolds(traffic);
  }

  @Test
  void waitsForSpaceOnAFullDisk() throws Exception {
    Traffic traffic = Traffic.random(new Random(5), 5000);
    // The server's user must be able to enter it.
    Path mountPoint = Files.createTempDirectory("millrace-small-disk-");
    Files.setPosixFilePermissions(mountPoint, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (SmallDisk disk = SmallDisk.mount(mountPoint, 4)) {
      // Of the server's user, and with the server's rights.
      String space = topic.name().replaceAll("\\W", "_").toLowerCase(Locale.ROOT);
      Path tables = disk.path().resolve("tables");
      Files.createDirectory(tables);
      Files.setOwner(tables, Files.getOwner(postgres.server().folder()));
      postgres.sql(
          "postgres",
          "CREATE TABLESPACE " + space + " LOCATION '" + tables + "'",
          "ALTER DATABASE " + database + " SET default_tablespace = " + space);
      Path ballast = disk.path().resolve("ballast");
      try (RunningSink sink = start()) {
        Await.until("ready", () -> sink.runner().health().ready());
        disk.fill(ballast);
        topic.send(traffic.rows());
        Await.until("waiting", () -> sink.runner().health().cause().contains("the disk is full"));
        assertTrue(sink.runner().health().live());
        Files.delete(ballast);
        awaitAllRead(sink);
        Await.until("ready again", () -> sink.runner().health().ready());
      }
      assertHolds(traffic);
      postgres.sql("postgres", "DROP DATABASE " + database, "DROP TABLESPACE " + space);
    } finally {
      Files.delete(mountPoint);
    }
  }

  @Test
  void rowsOlderThanTheyAreKeptAreDeletedAndNotReadAgain() {
    // Traffic is of a time that is past or future for the test; what counts is the clock.
    long now = System.currentTimeMillis();
    List<WindowSummary> old = rowsAt(now - Duration.ofDays(8).toMillis(), 30);
    List<WindowSummary> recent = rowsAt(now - Duration.ofDays(1).toMillis(), 20);
    try (RunningSink sink = start(postgres.config(database), Map.of(), Duration.ofDays(7))) {
      topic.send(old);
      topic.send(recent);
      awaitAllRead(sink);
      Await.until("the old are gone", () -> postgres.rows(database).size() == recent.size());
    }
    try (RunningSink sink = start(postgres.config(database), Map.of(), Duration.ofDays(7))) {
      // They come once more.
      topic.send(old);
      awaitAllRead(sink);
      assertEquals(old.size(), sink.runner().metrics().consumed());
      Await.until("the old are gone", () -> postgres.rows(database).size() == recent.size());
    }
    assertEquals(json(recent), json(postgres.rows(database)));
  }

  private static List<WindowSummary> rowsAt(long startMs, int count) {
    long first = startMs / 1000 * 1000;
    return IntStream.range(0, count)
        .mapToObj(i -> Traffic.row(first + i * 1000L, "checkout|*", List.of()))
        .toList();
  }
}
