package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processors that come and go under load, in good order and without.
class RebalanceIT {
  /// More of them with `-Dmillrace.rounds=10`, for the figures in docs/benchmarks.md.
  private static final int ROUNDS = Integer.getInteger("millrace.rounds", 4);

  /// Rounds whose kill is left alone until its work has been taken over, which takes a while.
  private static final int MEASURED = Math.clamp(ROUNDS / 3, 1, 3);

  private static final long MAX_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

  private final SplittableRandom random = new SplittableRandom(20_260_102);

  @TempDir private Path folder;

  @Test
  void nothingIsLostOrDoubledWhenInstancesStopDieAndComeBack() throws Exception {
    Path ledger = folder.resolve("ledger.ndjson");
    Path database = folder.resolve("windows.db");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String kafka = broker.awaitKafka();
      String server = "--bootstrap-server=" + kafka;
      // Also tells Kafka's clients in this JVM to be quiet.
      Cli.runWell("topics", "list", server);
      try (PublishedRows rows = new PublishedRows(kafka, Topics.WINDOWS_1S);
          Cli.Running sink =
              Cli.start("sink", server, "--database", database.toString(), "--port", "0");
          Cli.Running load =
              Cli.start(
                  "loadgen",
                  server,
                  "--rate",
                  "5k",
                  "--duration",
                  "1h",
                  "--run",
                  path("run"),
                  "--ledger",
                  ledger.toString())) {
        Cli.Running[] processors = {start(server, 0), start(server, 1)};
        try {
          awaitStarted(processors[0]);
          awaitStarted(processors[1]);
          rows.await("the first row", () -> !rows.totals().isEmpty());
          disturb(processors, server, rows);
          load.interrupt();
          assertEquals(130, load.exitCode(), load.output());
          LedgerTotals sent = LedgerFile.read(ledger).totals().orElseThrow();
          assertEquals(sent.sent(), sent.acknowledged());
          rows.await("all of " + sent + " in rows", () -> rows.sum() >= sent.acknowledged());
          assertBalanced(sent.acknowledged(), rows, kafka);
          assertBalanced(sent.acknowledged(), new Database(database), rows);
          Cli.runWell("verify", ledger.toString(), "--database", database.toString());
        } finally {
          for (Cli.Running processor : processors) {
            processor.close();
          }
        }
        assertEquals(143, sink.terminate());
      }
      broker.terminate();
    }
  }

  private void disturb(Cli.Running[] processors, String server, PublishedRows rows)
      throws Exception {
    List<Long> takeovers = new ArrayList<>();
    boolean[] started = {true, true};
    for (int round = 0; round < ROUNDS; round++) {
      int stopped = random.nextInt(2);
      requireOther(processors, started, stopped);
      processors[stopped].terminate();
      pause();
      processors[stopped] = start(server, stopped);
      started[stopped] = false;
      pause();
      int killed = random.nextInt(2);
      requireOther(processors, started, killed);
      processors[killed].kill();
      long killedAt = System.currentTimeMillis();
      if (round < MEASURED) {
        takeovers.add(takeover(killedAt, rows));
      } else {
        pause();
      }
      processors[killed] = start(server, killed);
      started[killed] = false;
    }
    List<Long> sorted = takeovers.stream().sorted().toList();
    System.out.printf(
        "from kill -9 to the first row of a later window: %s ms, median %d ms, maximum %d ms%n",
        takeovers, sorted.get(sorted.size() / 2), sorted.getLast());
  }

  /// Harm is done to one only while the other one is there.
  private static void requireOther(Cli.Running[] processors, boolean[] started, int harmed)
      throws IOException {
    int other = 1 - harmed;
    if (!started[other]) {
      awaitStarted(processors[other]);
      started[other] = true;
    }
  }

  /// One that does not start says why.
  private static void awaitStarted(Cli.Running processor) throws IOException {
    processor.awaitLine(line -> line.startsWith("processor started"));
  }

  /// Until a window that began after the kill is published: all partitions have gone on by then.
  private static long takeover(long killedAt, PublishedRows rows) {
    rows.await("a row after a kill", () -> rows.totals().getLast().row().windowStart() > killedAt);
    return rows.totals().stream()
            .filter(seen -> seen.row().windowStart() > killedAt)
            .findFirst()
            .orElseThrow()
            .readAtMs()
        - killedAt;
  }

  private void pause() {
    LockSupport.parkNanos(random.nextLong(MAX_PAUSE_NANOS));
  }

  private Cli.Running start(String server, int instance) throws IOException {
    return Cli.start("processor", server, "--state", path("state-" + instance));
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private static void assertBalanced(long acknowledged, PublishedRows rows, String kafka) {
    assertEquals(acknowledged, rows.sum());
    rows.await("all routes", () -> rows.sumOfRoutes() >= acknowledged);
    assertEquals(acknowledged, rows.sumOfRoutes());
    rows.assertNoRevisionIsMissingOrTwice();
    assertEquals(0, count(kafka, Topics.LATE), "records on " + Topics.LATE);
    assertEquals(0, count(kafka, Topics.DEAD_LETTERS), "records on " + Topics.DEAD_LETTERS);
  }

  private static void assertBalanced(long acknowledged, Database database, PublishedRows rows)
      throws Exception {
    for (String series :
        List.of("route <> '*'", "route = '*' AND service <> '*'", "service = '*'")) {
      for (int size : new int[] {1_000, 10_000, 60_000}) {
        String sql =
            "SELECT sum(requests) FROM windows WHERE window_size_ms = " + size + " AND " + series;
        rows.await(sql, () -> database.isAbove(acknowledged - 1, sql));
        assertEquals(acknowledged, database.number(sql), sql);
      }
    }
    assertTrue(
        database.number("SELECT count(*) FROM windows WHERE late > 0") == 0, "rows with late");
  }

  private static long count(String kafka, String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      return consumer.endOffsets(List.of(new TopicPartition(topic, 0))).values().stream()
          .mapToLong(Long::longValue)
          .sum();
    }
  }
}
