package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.loadgen.Recount;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real and broken logs through the whole pipeline.
class ReplayIT {
  @TempDir private Path folder;

  /// The oracle is what awk, sort and uniq find in the file.
  @Test
  void aRealLogIsCountedAsAwkCountsIt() throws Exception {
    String data = System.getProperty("millrace.data", "");
    Path log = Path.of(data, "apache_combined_10k.log.gz");
    assumeTrue(
        !data.isEmpty() && Files.exists(log),
        "no real log: give its folder with -Dmillrace.data=FOLDER");
    JsonNode summary = replay(log);
    assertEquals(10_000, summary.get("aggregated").asLong());
    Database database = new Database(Path.of(summary.get("database").asText()));
    assertEquals(
        shell("zcat '" + log + "' | awk '{print substr($4, 2, 17)}' | sort | uniq -c"),
        database.numbers(
            """
            SELECT strftime('%d/', t, 'unixepoch')
                || substr('JanFebMarAprMayJunJulAugSepOctNovDec', 3 * strftime('%m', t, 'unixepoch') - 2, 3)
                || strftime('/%Y:%H:%M', t, 'unixepoch'), sum(requests)
              FROM (SELECT window_start_ms / 1000 AS t, requests FROM windows
                     WHERE service = '*' AND window_size_ms = 1000)
              GROUP BY 1\
            """));
    // The status is the first field after the request, which ends with the second quote.
    Map<String, Long> classes =
        shell(
            "zcat '"
                + log
                + "' | awk -F'\"' '{split($3, f, \" \"); print substr(f[1], 1, 1)}' | sort | uniq -c");
    assertEquals(
        classes.getOrDefault("5", 0L), database.number(sumOf("errors")), "errors of " + classes);
    assertEquals(classes.getOrDefault("4", 0L), database.number(sumOf("client_errors")));
    assertEquals(
        classes.values().stream().mapToLong(Long::longValue).sum(),
        database.number(sumOf("requests")));
    long bytes =
        shell(
                "zcat '"
                    + log
                    + "' | awk -F'\"' '{split($3, f, \" \"); s += f[2]} END {printf \"%.0f bytes\\n\", s}'")
            .get("bytes");
    assertEquals(bytes, database.number(sumOf("bytes")));
  }

  private static String sumOf(String column) {
    return "SELECT sum(" + column + ") FROM windows WHERE route <> '*' AND window_size_ms = 1000";
  }

  @Test
  void linesThatAreNoEventsGetToTheDeadLetterQueueAndDoNotStopTheRun() throws Exception {
    Path log = folder.resolve("mixed.ndjson");
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      lines.append(
          "{\"time\":%d,\"service\":\"a\",\"route\":\"/\",\"status\":200,\"duration_us\":%d}%n"
              .formatted(1_000_000L + i * 100L, i));
      if (i % 10 == 3) {
        lines.append("this is no event ").append(i).append('\n');
      }
    }
    Files.writeString(log, lines);
    JsonNode summary = replay(log);
    assertEquals(110, summary.get("sent").asLong());
    assertEquals(110, summary.get("acknowledged").asLong());
    assertEquals(10, summary.get("rejected").asLong());
    assertEquals(10, summary.get("dead_lettered").asLong());
    assertEquals(100, summary.get("aggregated").asLong());
  }

  @Test
  void aLogThatIsCutShortIsJudgedAsFarAsItGoes() throws Exception {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    SplittableRandom random = new SplittableRandom(5);
    try (GZIPOutputStream gzip = new GZIPOutputStream(whole)) {
      for (int i = 0; i < 20_000; i++) {
        gzip.write(
            "{\"time\":%d,\"service\":\"a\",\"route\":\"/\",\"status\":200,\"duration_us\":%d}%n"
                .formatted(1_000_000L + i, random.nextInt(1_000_000))
                .getBytes(StandardCharsets.UTF_8));
      }
    }
    Path log = folder.resolve("cut.gz");
    Files.write(log, Arrays.copyOf(whole.toByteArray(), whole.size() / 2));
    Path json = folder.resolve("summary.json");
    Cli.Result result = Cli.run("demo", "--replay", log.toString(), "--json", json.toString());
    assertEquals(1, result.code(), result.all());
    assertTrue(result.err().contains("cut.gz"), result.all());
    assertTrue(result.out().contains("The ledger balances"), result.all());
    assertTrue(Cli.json(json).get("acknowledged").asLong() > 1_000, result.all());
  }

  /// Of three weeks ago: what is much older, Kafka may take twice when a broker dies.
  private static Path lines(Path log, int count) throws IOException {
    long start = Instant.now().minus(Duration.ofDays(21)).getEpochSecond() * 1000;
    try (BufferedWriter out = Files.newBufferedWriter(log)) {
      for (int i = 0; i < count; i++) {
        out.write(
            "{\"time\":%d,\"service\":\"a\",\"route\":\"/\",\"status\":200,\"duration_us\":%d}%n"
                .formatted(start + i, i));
      }
    }
    return log;
  }

  /// With so small batches, one on its way at a time, and room for few, it takes a while, and
  /// notices soon.
  private String[] slowReplay(String server, Path log) {
    return new String[] {
      "replay",
      log.toString(),
      "--bootstrap-server",
      server,
      "--ledger",
      folder.resolve("ledger.ndjson").toString(),
      "--kafka",
      "buffer.memory=65536",
      "--kafka",
      "batch.size=2048",
      "--kafka",
      "max.in.flight.requests.per.connection=1",
      "--kafka",
      "request.timeout.ms=1500",
      "--kafka",
      "max.block.ms=500"
    };
  }

  private static String listens(Cli.Running broker) throws IOException {
    String listens = "Kafka listens on ";
    return broker.awaitLine(line -> line.startsWith(listens)).substring(listens.length());
  }

  private static boolean isWaiting(String line) {
    return line.contains("waiting: Kafka has not answered for");
  }

  @Test
  void aReplayWaitsForABrokerThatIsAwayAndLosesNothing() throws Exception {
    int events = 600_000;
    Path log = lines(folder.resolve("log.ndjson"), events);
    String[] broker = {
      "broker",
      "--port",
      Integer.toString(Cli.freePort()),
      "--data",
      folder.resolve("broker").toString()
    };
    try (Cli.Running first = Cli.start(broker);
        Cli.Running replay = Cli.start(slowReplay(listens(first), log))) {
      replay.awaitLine(line -> line.startsWith("sent "));
      first.kill();
      replay.awaitLine(ReplayIT::isWaiting);
      try (Cli.Running second = Cli.start(broker)) {
        String server = listens(second);
        assertEquals(0, replay.exitCode(), replay.output());
        String output = replay.output();
        assertTrue(output.contains("acknowledged  600,000"), output);
        assertTrue(output.contains("failed        0"), output);
        assertTrue(output.contains("unknown       0"), output);
        LedgerFile held = Recount.read(server, Map.of());
        assertEquals(held.entries(), LedgerFile.read(folder.resolve("ledger.ndjson")).entries());
      }
    }
  }

  @Test
  void aReplayThatWaitsEndsWithCtrlC() throws Exception {
    Path log = lines(folder.resolve("log.ndjson"), 600_000);
    try (Cli.Running broker =
            Cli.start("broker", "--port", "0", "--data", folder.resolve("broker").toString());
        Cli.Running replay = Cli.start(slowReplay(listens(broker), log))) {
      replay.awaitLine(line -> line.startsWith("sent "));
      broker.kill();
      replay.awaitLine(ReplayIT::isWaiting);
      replay.interrupt();
      assertEquals(130, replay.exitCode(), replay.output());
      LedgerTotals totals = LedgerFile.read(folder.resolve("ledger.ndjson")).totals().orElseThrow();
      assertTrue(totals.isBalanced(), totals.toString());
      assertTrue(totals.failed() <= 1, totals.toString());
      assertTrue(totals.unknown() > 0, totals.toString());
    }
  }

  private JsonNode replay(Path log) throws IOException {
    Path json = folder.resolve("summary.json");
    Cli.Result result =
        Cli.runWell(
            "demo",
            "--replay",
            log.toString(),
            "--data",
            folder.resolve("data").toString(),
            "--json",
            json.toString());
    JsonNode summary = Cli.json(json);
    assertTrue(summary.get("balanced").asBoolean(), result.all());
    return summary;
  }

  /// Output of the form `count name`.
  private static Map<String, Long> shell(String command) throws Exception {
    Process process = new ProcessBuilder("sh", "-c", command).start();
    Map<String, Long> counts = new TreeMap<>();
    for (String line : process.inputReader().lines().toList()) {
      String[] fields = line.strip().split("\\s+", 2);
      counts.put(fields[1], Long.parseLong(fields[0]));
    }
    assertEquals(0, process.waitFor(), command);
    return counts;
  }
}
