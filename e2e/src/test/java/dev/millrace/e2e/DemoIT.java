package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The main job, as a user starts it.
class DemoIT {
  @TempDir private Path folder;

  @Test
  void endsWithABalancedLedger() throws Exception {
    Path json = folder.resolve("summary.json");
    Path data = folder.resolve("data");
    Cli.Result result =
        Cli.runWell(
            "demo",
            "--rate",
            "5k",
            "--duration",
            "4s",
            "--data",
            data.toString(),
            "--json",
            json.toString());
    assertTrue(result.out().contains("The ledger balances: 20,000 acknowledged"), result.all());
    JsonNode summary = Cli.json(json);
    assertEquals(20_000, summary.get("sent").asLong());
    assertEquals(20_000, summary.get("acknowledged").asLong());
    assertEquals(20_000, summary.get("aggregated").asLong());
    for (String none : new String[] {"failed", "unknown", "late", "dead_lettered", "differences"}) {
      assertEquals(0, summary.get(none).asLong(), none);
    }
    assertTrue(summary.get("balanced").asBoolean());
    Database database = new Database(Path.of(summary.get("database").asText()));
    assertEquals(
        20_000,
        database.number(
            "SELECT sum(requests) FROM windows WHERE route <> '*' AND window_size_ms = 1000"));
    assertEquals(
        20_000,
        database.number(
            "SELECT sum(requests) FROM windows WHERE service = '*' AND window_size_ms = 60000"));
    assertEquals(
        summary.get("rows").asLong(),
        database.number("SELECT count(*) FROM windows WHERE window_size_ms = 1000"));
    Cli.runWell(
        "verify", summary.get("ledger").asText(), "--database", summary.get("database").asText());
  }

  @Test
  void sendsThroughTheEdge() throws Exception {
    Path json = folder.resolve("summary.json");
    Cli.Result result =
        Cli.runWell(
            "demo", "--http", "--rate", "5k", "--duration", "4s", "--json", json.toString());
    assertTrue(result.all().contains("The HTTP edge listens on http://127.0.0.1:"), result.all());
    assertTrue(result.out().contains("The ledger balances: 20,000 acknowledged"), result.all());
    assertEquals(20_000, Cli.json(json).get("aggregated").asLong());
  }

  @Test
  void aSecondDemoInTheFolderGoesOnFromTheFirst() throws Exception {
    Path json = folder.resolve("summary.json");
    String[] demo = {
      "demo",
      "--rate",
      "2k",
      "--duration",
      "2s",
      "--data",
      folder.toString(),
      "--json",
      json.toString()
    };
    Cli.runWell(demo);
    Cli.runWell(demo);
    JsonNode summary = Cli.json(json);
    assertTrue(summary.get("resumed").asBoolean());
    assertEquals(4_000, summary.get("aggregated").asLong());
    assertEquals(
        8_000,
        new Database(Path.of(summary.get("database").asText()))
            .number(
                "SELECT sum(requests) FROM windows WHERE service = '*' AND window_size_ms = 1000"));
  }

  @Test
  void ctrlCDrainsAndStillPrintsTheSummary() throws Exception {
    try (Cli.Running demo =
        Cli.start("demo", "--rate", "2k", "--duration", "10m", "--data", folder.toString())) {
      demo.awaitLine(line -> line.contains("3s  sent"));
      demo.interrupt();
      assertEquals(130, demo.exitCode(), demo.output());
      assertTrue(demo.output().contains("The ledger balances"), demo.output());
    }
  }

  @Test
  void ctrlCDuringTheStartEndsAtOnce() throws Exception {
    for (int millis : new int[] {200, 500, 900}) {
      try (Cli.Running demo = Cli.start("demo", "--duration", "10m")) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
        demo.interrupt();
        assertEquals(130, demo.exitCode(), demo.output());
      }
    }
  }

  /// Verify must find what is wrong, or its silence means nothing.
  @Test
  void verifyFindsWhatWasChangedBehindItsBack() throws Exception {
    Path json = folder.resolve("summary.json");
    Path data = folder.resolve("data");
    Cli.runWell(
        "demo",
        "--rate",
        "1k",
        "--duration",
        "2s",
        "--data",
        data.toString(),
        "--json",
        json.toString());
    JsonNode summary = Cli.json(json);
    int changed =
        new Database(Path.of(summary.get("database").asText()))
            .change(
                "UPDATE windows SET requests = requests + 1 WHERE window_size_ms = 1000 AND"
                    + " (window_start_ms, service, route) = (SELECT window_start_ms, service, route"
                    + " FROM windows WHERE window_size_ms = 1000 LIMIT 1)");
    assertEquals(1, changed);
    Cli.Result result =
        Cli.run(
            "verify",
            summary.get("ledger").asText(),
            "--database",
            summary.get("database").asText());
    assertEquals(1, result.code(), result.all());
    assertTrue(result.out().contains("in database"), result.all());
  }
}
