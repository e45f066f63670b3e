package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSummaryTest {
  private static final RunSummary.Latency LATENCY =
      new RunSummary.Latency(9, 4.5, 4, 7, 8, 8, 9, 9, 9);

  @Test
  void aSummaryIsReadAsItWasWritten() throws IOException {
    RunSummary summary =
        new RunSummary(
            RunSummary.FORMAT,
            "1.0",
            "2026-01-01T00:00:00Z",
            List.of("loadgen", "--rate", "max"),
            Map.of("services", 20),
            42,
            "kafka",
            null,
            1,
            "2 processors",
            "25",
            "4.3.1",
            5,
            30,
            29.5,
            new RunSummary.Totals(9, 5, 1, 1, 2),
            new RunSummary.Rate(null, 9, 5),
            new RunSummary.Latencies(LATENCY, LATENCY, null),
            false,
            List.of("late"));
    byte[] json = RunSummary.JSON.encode(summary);
    assertEquals(summary, RunSummary.JSON.decode(json));
    String text = new String(json, StandardCharsets.UTF_8);
    assertTrue(text.contains("\"target_per_s\":null") && text.contains("\"e2e\":null"), text);
  }

  @Test
  void aSecondIsReadAsItWasWritten() throws IOException {
    RunSecond second = new RunSecond(3, 9, 8, 7, 1, 0, 0, 900, 2_000, 80, 120, 0.4, true);
    assertEquals(second, RunSecond.JSON.decode(RunSecond.JSON.encode(second)));
  }

  @Test
  void secondsOfSeveralProcessesAddUpAndTheirPercentilesAreTheHighest() {
    RunSecond one = new RunSecond(3, 9, 8, 7, 1, 0, 2, 900, 2_000, 80, 120, 0.4, true);
    RunSecond other = new RunSecond(3, 10, 10, 6, 0, 4, 1, 800, 3_000, 90, 100, 0.7, true);
    assertEquals(
        new RunSecond(3, 19, 18, 13, 1, 4, 3, 900, 3_000, 90, 120, 1, true),
        RunSecond.sum(List.of(one, other)));
  }
}
