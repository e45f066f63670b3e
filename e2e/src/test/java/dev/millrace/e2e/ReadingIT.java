package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the commands read of a pipeline that runs, and of what it has left behind.
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class ReadingIT {
  private static final String ENTER = "\u001b[?1049h";
  private static final String LEAVE = "\u001b[?1049l";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private static long requests(Path database) throws Exception {
    String line =
        Cli.runWell(
                "query",
                "--json",
                "--database",
                database.toString(),
                "SELECT coalesce(sum(requests), 0) AS n FROM windows"
                    + " WHERE service = '*' AND window_size_ms = 1000")
            .out();
    return JSON.readTree(line).get("n").asLong();
  }

  @Test
  void readsWhileTheSinkWritesAndAllOfItAfterwards() throws Exception {
    Path json = folder.resolve("summary.json");
    Path database = folder.resolve("data").resolve("millrace.db");
    try (Cli.Running demo =
        Cli.start(
            "demo",
            "--rate",
            "2k",
            "--duration",
            "15s",
            "--data",
            folder.resolve("data").toString(),
            "--json",
            json.toString())) {
      demo.awaitLine(line -> line.contains("3s  sent"));
      // Rows of services may come after those of routes.
      String services = "SELECT count(*) FROM windows WHERE route = '*' AND service <> '*'";
      Await.until(() -> new Database(database).isAbove(0, services), () -> "no row of a service");
      long before = 0;
      for (int i = 0; i < 8; i++) {
        long now = requests(database);
        assertTrue(now >= before, now + " after " + before);
        before = now;
        String[] percentiles = {
          "percentiles", "--from", "-5m", "--json", "--database", database.toString()
        };
        // Not held against the seconds: a longer row may be a revision behind them for a while.
        JsonNode total = JSON.readTree(Cli.runWell(percentiles).out());
        assertTrue(total.get("requests").asLong() > 0, total.toString());
      }
      assertEquals(0, demo.exitCode(), demo.output());
    }
    JsonNode summary = Cli.json(json);
    long aggregated = summary.get("aggregated").asLong();
    assertEquals(30_000, aggregated);
    assertEquals(aggregated, requests(database));
    for (List<String> by : List.of(List.<String>of(), List.of("--by", "route"))) {
      List<String> all =
          new java.util.ArrayList<>(
              List.of(
                  "percentiles", "--from", "-10m", "--json", "--database", database.toString()));
      all.addAll(by);
      long sum = 0;
      for (String line : Cli.runWell(all.toArray(String[]::new)).out().lines().toList()) {
        sum += JSON.readTree(line).get("requests").asLong();
      }
      assertEquals(aggregated, sum, by.toString());
    }
    String[] minutes = {
      "query",
      "--csv",
      "--database",
      database.toString(),
      "SELECT sum(requests) FROM service_minutes"
    };
    assertEquals(String.valueOf(aggregated), Cli.runWell(minutes).out().lines().toList().get(1));
    for (String view : List.of("slowest_routes", "error_budget")) {
      String table =
          Cli.runWell("query", "--database", database.toString(), "SELECT * FROM " + view).out();
      assertTrue(table.contains("checkout"), table);
    }
  }

  @Test
  void tailTakesTheTerminalAndGivesItBack() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/script")), "skipped: there is no /usr/bin/script");
    try (Cli.Running broker =
        Cli.start("broker", "--port", "0", "--data", folder.resolve("broker").toString())) {
      String server = "--bootstrap-server=" + broker.awaitKafka();
      try (Cli.Running tail = Cli.startOnTerminal("tail", server)) {
        String before = tail.awaitText(ENTER);
        tail.awaitText("no windows yet");
        tail.type("e");
        tail.awaitText("series by errors");
        tail.type("/shop\r");
        tail.awaitText("with 'shop'");
        tail.type("q");
        assertTerminalIsAsBefore(before, tail, 0);
      }
      try (Cli.Running tail = Cli.startOnTerminal("tail", server)) {
        String before = tail.awaitText(ENTER);
        tail.awaitText("no windows yet");
        tail.type("\u0003");
        assertTerminalIsAsBefore(before, tail, 130);
      }
      try (Cli.Running tail = Cli.startOnTerminal("tail", server)) {
        String before = tail.awaitText(ENTER);
        tail.awaitText("no windows yet");
        tail.descendants().stream()
            .filter(process -> process.info().command().orElse("").endsWith("/java"))
            .forEach(ProcessHandle::destroy);
        assertTerminalIsAsBefore(before, tail, 143);
      }
    }
  }

  private static void assertTerminalIsAsBefore(String before, Cli.Running tail, int code)
      throws Exception {
    tail.awaitText(LEAVE);
    tail.awaitText("code " + code + "\r\n");
    assertEquals(0, tail.exitCode());
    String after = tail.output();
    assertEquals(settings(before.substring(0, before.indexOf(ENTER))), settings(after));
  }

  private static List<String> settings(String stty) {
    return stty.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }
}
