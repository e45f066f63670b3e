package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
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
