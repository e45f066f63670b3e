package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A drill as a user runs it.
class DrillIT {
  @TempDir private Path folder;

  @Test
  void killsOfProcessorAndSinkLoseNothing() throws Exception {
    Path json = folder.resolve("drill.json");
    Path data = folder.resolve("data");
    try (Cli.Running drill =
        Cli.start(
            "drill",
            "--faults",
            "kill-processor,kill-sink",
            "--duration",
            "45s",
            "--seed",
            "3",
            "--rate",
            "400",
            "--data",
            data.toString(),
            "--json",
            json.toString())) {
      drill.awaitLine(line -> line.startsWith("Balanced") || line.startsWith("Not balanced"));
      assertEquals(0, drill.exitCode(), drill.output());
    }
    JsonNode result = Cli.json(json);
    assertTrue(result.get("balanced").asBoolean());
    assertEquals(3, result.get("seed").asLong());
    Set<String> faults = new TreeSet<>();
    for (JsonNode fault : result.get("faults")) {
      faults.add(fault.get("name").asText());
      assertEquals(0, fault.get("lost").asLong(), fault.toString());
      assertEquals(0, fault.get("duplicated").asLong(), fault.toString());
      assertTrue(fault.get("recovery_ms").asLong() > 0, fault.toString());
      assertTrue(fault.has("in_doubt"), fault.toString());
    }
    assertEquals(Set.of("kill-processor", "kill-sink"), faults);
    assertEquals(14, result.get("checks").size());
    assertTrue(result.has("failed_starts"));
    // It is about something, and is put away.
    assertTrue(result.get("checks").get(0).get("promise").asText().matches(".*\\d{3,} rows.*"));
    assertFalse(Files.exists(data));
  }

  /// A drill that finds nothing wrong proves nothing, unless it is known to find what is.
  @Test
  void aRowThatSomebodyHasChangedIsFoundAndNamed() throws Exception {
    Path json = folder.resolve("drill.json");
    Path data = folder.resolve("data");
    String row;
    try (Cli.Running drill =
        Cli.start(
            "drill",
            "--faults",
            "kill-sink",
            "--duration",
            "20s",
            "--seed",
            "2",
            "--rate",
            "100",
            "--data",
            data.toString(),
            "--json",
            json.toString())) {
      // Rows of the first seconds are final by then.
      drill.awaitLine(line -> line.contains("kill-sink of sink ends"));
      row = countTwice(data.resolve("windows.db"));
      drill.awaitLine(line -> line.startsWith("Balanced") || line.startsWith("Not balanced"));
      assertEquals(1, drill.exitCode(), drill.output());
      String output = drill.output();
      assertTrue(output.contains("  BROKEN  windows"), output);
      assertTrue(output.contains("  The smallest window that differs is 1s from "), output);
      assertTrue(output.contains(" of " + row + ".\n  It must have requests "), output);
      assertTrue(
          output.matches(
              "(?s).*\n  By their sums, these are in its row twice:\n    \\d:\\d+ [0-9A-Z]{26}\n.*"),
          output);
      assertTrue(
          output.contains(
              "Not balanced. The same again: millrace drill --faults kill-sink --duration 20000ms"
                  + " --seed 2 --rate 100\n"),
          output);
    }
    JsonNode result = Cli.json(json);
    assertFalse(result.get("balanced").asBoolean());
    // What is needed to find out more is still there.
    assertTrue(Files.size(data.resolve("smallest.txt")) > 0);
    assertTrue(Files.size(data.resolve("sink.log")) > 0);
    Cli.Result summary = Cli.run("drill", "--summary", json.toString());
    assertEquals(1, summary.code());
    assertTrue(summary.out().contains("Not balanced: seed 2, windows, "), summary.all());
  }

  /// @return the series of which the database now has an event twice
  private static String countTwice(Path database) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = 10000");
      try (ResultSet row =
          statement.executeQuery(
              "UPDATE windows SET requests = 2, errors = 2 * errors, bytes = 2 * bytes,"
                  + " client_errors = 2 * client_errors WHERE rowid = (SELECT rowid FROM windows"
                  + " WHERE window_size_ms = 1000 AND service LIKE 'loadgen-%' AND route <> '*'"
                  + " AND final = 1 AND requests = 1 ORDER BY window_start_ms LIMIT 1)"
                  + " RETURNING service || '|' || route")) {
        return row.getString(1);
      }
    }
  }

  @Test
  void ofAKilledDrillNoProcessIsLeft() throws Exception {
    List<ProcessHandle> children;
    try (Cli.Running drill =
        Cli.start(
            "drill",
            "--faults",
            "pause-sink",
            "--duration",
            "1m",
            "--rate",
            "50",
            "--data",
            folder.resolve("data").toString())) {
      // One of them stands still, and cannot see that its parent has gone.
      drill.awaitLine(line -> line.contains("pause-sink of sink begins"));
      children = drill.descendants();
      assertTrue(children.size() >= 8, children.toString());
      drill.kill();
    }
    Await.until(
        () -> children.stream().noneMatch(ProcessHandle::isAlive),
        () ->
            "still there: "
                + children.stream()
                    .filter(ProcessHandle::isAlive)
                    .map(ProcessHandle::info)
                    .toList());
  }

  @Test
  void anInterruptedDrillLeavesNothing() throws Exception {
    // A folder that was there before stays.
    Path data = Files.createDirectory(folder.resolve("data"));
    List<ProcessHandle> children;
    try (Cli.Running drill =
        Cli.start("drill", "--faults", "cut", "--rate", "50", "--data", data.toString())) {
      drill.awaitLine(line -> line.contains("the newest window began"));
      children = drill.descendants();
      drill.interrupt();
      assertEquals(130, drill.exitCode());
      assertTrue(drill.output().contains("interrupted, nothing was judged"));
    }
    assertTrue(children.size() >= 7, children.toString());
    assertTrue(children.stream().noneMatch(ProcessHandle::isAlive));
    try (Stream<Path> left = Files.list(data)) {
      assertEquals(List.of(), left.toList());
    }
  }
}
