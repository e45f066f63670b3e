package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A demo that is killed at any moment leaves a folder that the next one goes on from.
class KillIT {
  /// More of them with `-Dmillrace.kills=10`.
  private static final int KILLS = Integer.getInteger("millrace.kills", 3);

  @TempDir private Path folder;

  @Test
  void nothingIsLostOrDoubledByKills() throws Exception {
    SplittableRandom random = new SplittableRandom(20_260_101);
    Path data = folder.resolve("data");
    for (int kill = 0; kill < KILLS; kill++) {
      // The moment is a number of seconds into the load and some milliseconds more; 0 is while the
      // pipeline starts or reads what the last one left.
      long second = random.nextInt(6);
      try (Cli.Running demo =
          Cli.start("demo", "--rate", "5k", "--duration", "1m", "--data", data.toString())) {
        demo.awaitLine(line ->
            second == 0
                ? line.contains("Kafka listens")
                : line.contains(String.format("%4ds  sent", second)));
        LockSupport.parkNanos(random.nextLong(900_000_000L));
        demo.kill();
      }
    }
    Path json = folder.resolve("summary.json");
    Cli.Result last =
        Cli.runWell(
            "demo",
            "--rate",
            "5k",
            "--duration",
            "3s",
            "--data",
            data.toString(),
            "--json",
            json.toString());
    JsonNode summary = Cli.json(json);
    // The verdict on a used folder is a recount of everything that Kafka holds.
    assertTrue(summary.get("balanced").asBoolean(), last.all());
    assertTrue(summary.get("resumed").asBoolean(), last.all());
    // And what each killed run had settled in its ledger is in the database too.
    long settled = 0;
    for (Path ledger : ledgers(data)) {
      // One that was killed before its first second was settled has nothing to compare.
      if (Files.size(ledger) > 0) {
        Cli.runWell(
            "verify", ledger.toString(), "--database", data.resolve("millrace.db").toString());
        settled += Files.readAllLines(ledger).size();
      }
    }
    assertTrue(settled > 0, "no ledger has any line");
    assertEquals(
        new Database(data.resolve("millrace.db"))
            .number(
                "SELECT sum(requests) FROM windows WHERE service = '*' AND window_size_ms = 1000"),
        new Database(data.resolve("millrace.db"))
            .number(
                "SELECT sum(requests) FROM windows WHERE route <> '*' AND window_size_ms = 1000"));
  }

  private static List<Path> ledgers(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data)) {
      return files.filter(file -> file.getFileName().toString().startsWith("ledger-")).toList();
    }
  }
}
