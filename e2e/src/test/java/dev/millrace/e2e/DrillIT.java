package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.broker.LocalPostgres;
import dev.millrace.drill.Drill;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
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
    JsonNode result = balanced("kill-processor,kill-sink", "--duration", "45s", "--seed", "3");
    assertEquals(3, result.get("seed").asLong());
    Set<String> faults = new TreeSet<>();
    result.get("faults").forEach(fault -> faults.add(fault.get("name").asText()));
    assertEquals(Set.of("kill-processor", "kill-sink"), faults);
  }

  @Test
  void threeBrokersGoOnWithoutTheirController() throws Exception {
    // A seed whose fault comes early and is short: with most, it would not fit.
    JsonNode result =
        balanced("kill-controller", "--brokers", "3", "--duration", "35s", "--seed", "2");
    JsonNode fault = result.get("faults").get(0);
    assertEquals("kill-controller", fault.get("name").asText());
    assertTrue(fault.get("target").asText().matches("broker-[123]"), fault.toString());
  }

  @Test
  void killsAroundPostgresLoseNothing() throws Exception {
    assumeTrue(LocalPostgres.isInstalled(), "no PostgreSQL");
    // The server's user must be able to enter it.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    // A seed whose faults are short, and a window's time more.
    JsonNode result =
        balanced(
            "kill-database,kill-sink-between,kill-sink-writing",
            "--postgres",
            "--duration",
            "33s",
            "--seed",
            "112");
    Set<String> faults = new TreeSet<>();
    result.get("faults").forEach(fault -> faults.add(fault.get("name").asText()));
    assertEquals(Set.of("kill-database", "kill-sink-between", "kill-sink-writing"), faults);
  }

  /// Runs a drill of which everything must hold, and asserts what is so of each.
  private JsonNode balanced(String faults, String... options) throws Exception {
    Path json = folder.resolve("drill.json");
    Path data = folder.resolve("data");
    List<String> arguments = new ArrayList<>(List.of("drill", "--faults", faults));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of("--rate", "400"));
    arguments.addAll(List.of("--data", data.toString(), "--json", json.toString()));
    try (Cli.Running drill = Cli.start(arguments.toArray(String[]::new))) {
      drill.awaitLine(line -> line.startsWith("Balanced") || line.startsWith("Not balanced"));
      assertEquals(0, drill.exitCode(), drill.output());
    }
    JsonNode result = Cli.json(json);
    assertTrue(result.get("balanced").asBoolean());
    for (JsonNode fault : result.get("faults")) {
      assertEquals(0, fault.get("lost").asLong(), fault.toString());
      assertEquals(0, fault.get("duplicated").asLong(), fault.toString());
      assertTrue(fault.get("recovery_ms").asLong() > 0, fault.toString());
      assertTrue(fault.has("in_doubt"), fault.toString());
    }
    assertEquals(15, result.get("checks").size());
    assertTrue(result.has("failed_starts"));
    // It is about something, and is put away.
    assertTrue(result.get("checks").get(0).get("promise").asText().matches(".*\\d{3,} rows.*"));
    assertFalse(Files.exists(data));
    return result;
  }

  private boolean isMounted() throws IOException {
    return Files.readString(Path.of("/proc/mounts")).contains(folder.toString());
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
    // One that may fill a disk has mounted it.
    boolean mayMount = Drill.mayMount();
    try (Cli.Running drill =
        Cli.start(
            "drill",
            "--faults",
            mayMount ? "pause-sink,disk-full" : "pause-sink",
            "--duration",
            "2m",
            "--seed",
            "41",
            "--rate",
            "50",
            "--data",
            folder.resolve("data").toString())) {
      // One of them stands still, and cannot see that its parent has gone.
      drill.awaitLine(line -> line.contains("pause-sink of sink begins"));
      children = drill.descendants();
      assertTrue(children.size() >= 8, children.toString());
      assertEquals(mayMount, isMounted());
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
    assertFalse(isMounted());
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
