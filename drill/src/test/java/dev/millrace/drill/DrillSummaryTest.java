package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrillSummaryTest {
  @TempDir private Path folder;

  private static FaultFigures fault(String name, Long recoveryMs, long lost, long inDoubt) {
    return new FaultFigures(name, "sink", 9, 1, recoveryMs, lost, 0, inDoubt);
  }

  private Path write(long seed, boolean balanced, FaultFigures... faults) throws IOException {
    Path file = folder.resolve(seed + ".json");
    new DrillResult(
            seed,
            "millrace drill --faults mix --duration 120000ms --seed " + seed + " --rate 500",
            List.of(faults),
            List.of(),
            List.of(
                new Check("windows", true, "", List.of(), 0),
                new Check("senders", balanced, "", List.of(), balanced ? 0 : 1)),
            List.of(),
            balanced,
            0,
            null)
        .write(file);
    return file;
  }

  @Test
  void figuresOfAllDrillsAreToldByFault() throws IOException {
    DrillSummary summary =
        DrillSummary.read(
            List.of(
                write(7, true, fault("kill-sink", 2_000L, 0, 3), fault("cut", 9_950L, 0, 1_000)),
                write(11, true, fault("kill-sink", 4_000L, 0, 4)),
                write(3, true, fault("kill-sink", 3_000L, 0, 0))));
    assertEquals(
        List.of(
            "Balanced: 3 of 3 drills. Seeds 3, 7, 11 of",
            "    millrace drill --faults mix --duration 120000ms --seed N --rate 500",
            "",
            "| fault | times | windows again after, median | at most | lost | doubled | in doubt |",
            "|---|---:|---:|---:|---:|---:|---:|",
            "| `cut` | 1 | 10.0 s | 10.0 s | 0 | 0 | 1,000 |",
            "| `kill-sink` | 3 | 3.0 s | 4.0 s | 0 | 0 | 7 |",
            "| all | 4 | 4.0 s | 10.0 s | 0 | 0 | 1,007 |"),
        summary.lines());
    assertTrue(summary.isBalanced());
  }

  @Test
  void oneThatIsNotBalancedIsNamedWithWhatDoesNotHold() throws IOException {
    Path file = write(5, false, fault("cut", null, 2, 0), fault("cut", 1_000L, 0, 0));
    DrillSummary summary = DrillSummary.read(List.of(write(4, true), file));
    assertFalse(summary.isBalanced());
    assertTrue(
        summary.lines().contains("Not balanced: seed 5, senders (" + file + ")"),
        summary.lines() + "");
    assertTrue(
        summary.lines().contains("| `cut` | 2 | never | never | 2 | 0 | 0 |"),
        summary.lines() + "");
  }

  @Test
  void oneThatCameToNoVerdictIsNotBalancedAndSaysWhy() throws IOException {
    DrillConfig config =
        new DrillConfig(
            List.of("kill-sink"),
            Duration.ofSeconds(30),
            9,
            100,
            1,
            folder,
            "main",
            "node",
            false,
            false);
    Path file = folder.resolve("9.json");
    DrillResult.aborted(config, "the sink was not ready").write(file);
    DrillSummary summary = DrillSummary.read(List.of(write(4, true), file));
    assertFalse(summary.isBalanced());
    assertEquals("Balanced: 1 of 2 drills. Seeds 4, 9 of", summary.lines().getFirst());
    assertTrue(
        summary
            .lines()
            .contains("Not balanced: seed 9, aborted: the sink was not ready (" + file + ")"),
        summary.lines() + "");
  }

  @Test
  void whatIsCountedAgainAsItMayBeIsTold() throws IOException {
    List<String> lines = result(true, 0).lines();
    assertEquals("Balanced: nothing is lost, and nothing is counted twice.", lines.getLast());
    lines = result(true, 20).lines();
    assertEquals("Balanced: nothing is lost, and nothing else is counted twice.", lines.getLast());
    assertTrue(lines.get(lines.size() - 2).endsWith("counted again: 20 events."), lines + "");
    Path first = folder.resolve("first.json");
    Path second = folder.resolve("second.json");
    result(true, 1_000).write(first);
    result(false, 20).write(second);
    lines = DrillSummary.read(List.of(first, second)).lines();
    assertTrue(
        lines.contains(
            "Sent again under their key after an edge had ended, and counted again: 1,020 events"),
        lines + "");
  }

  private static DrillResult result(boolean balanced, long sentAgain) {
    return new DrillResult(
        1, "millrace drill", List.of(), List.of(), List.of(), List.of(), balanced, sentAgain, null);
  }

  @Test
  void whatIsNoResultIsRefused() throws IOException {
    for (String other : List.of("{\"seed\":7}", "[]", "", "{")) {
      Path file = Files.writeString(folder.resolve("other.json"), other);
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> DrillSummary.read(List.of(file)), other);
      assertTrue(e.getMessage().startsWith("--summary " + file + ": is no result"), e.getMessage());
    }
  }
}
