package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RunChartsTest {
  /// Events were sent for so long; then the last fates were told.
  private static RecordedRun run(double sendingS) {
    RunSummary of = RunOnDisk.summary(100);
    RunSummary summary =
        new RunSummary(
            of.format(),
            of.version(),
            of.started(),
            of.command(),
            of.scenario(),
            of.seed(),
            of.target(),
            of.http(),
            of.workers(),
            of.machine(),
            of.java(),
            of.kafkaClients(),
            0,
            Math.ceil(sendingS) + 0.1,
            sendingS,
            of.totals(),
            of.rate(),
            of.latencyUs(),
            true,
            List.of());
    List<RunSecond> seconds =
        IntStream.rangeClosed(0, (int) Math.ceil(sendingS))
            .mapToObj(i -> {
              long sent = Math.round(1_000 * Math.clamp(sendingS - i, 0, 1));
              return new RunSecond(i, sent, sent, sent + 7, 0, 0, 0, 9, 9, 9, 9, 0.5, false);
            })
            .toList();
    return new RecordedRun(
        Path.of("run"), Optional.of(summary), seconds, LatencyCourse.none(), List.of());
  }

  private static List<Double> line(RecordedRun run, String chart, String label) {
    return RunCharts.of(run).stream()
        .filter(one -> one.id().equals(chart))
        .flatMap(one -> one.lines().stream())
        .filter(line -> line.label().equals(label))
        .findFirst()
        .orElseThrow()
        .values();
  }

  @Test
  void aSecondOfWhichAPartWasSentIsNotDrawnAsADrop() {
    for (String label : List.of("due", "sent")) {
      assertEquals(
          Arrays.asList(1_000.0, 1_000.0, null, null), line(run(2.5), "throughput", label), label);
    }
    assertEquals(
        Arrays.asList(1_007.0, 1_007.0, null, null), line(run(2.5), "throughput", "acknowledged"));
  }

  @Test
  void aRunOfWholeSecondsIsDrawnToItsEnd() {
    assertEquals(
        Arrays.asList(1_000.0, 1_000.0, 1_000.0, null), line(run(3), "throughput", "sent"));
  }

  @Test
  void otherChartsHaveAllSeconds() {
    assertEquals(List.of(0.5, 0.5, 0.5, 0.5), line(run(2.5), "cpu", "CPU"));
  }

  @Test
  void aRunOfLessThanASecondIsDrawnAllTheSame() {
    assertTrue(line(run(0.5), "throughput", "sent").contains(500.0));
  }
}
