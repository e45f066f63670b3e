package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A run that began some seconds ago, so that its seconds are over without a wait.
@Timeout(60)
class RunKeeperTest {
  private static final int PER_S = 100;
  private static final int DURATION_S = 5;

  @TempDir private Path temporary;
  private final Figures figures = new Figures();
  private final LoadMetrics metrics = new LoadMetrics();
  private Ledger ledger;

  private RunKeeper keeper(RunFolder folder, int warmUpS) throws IOException {
    ledger = Ledger.create(temporary.resolve("ledger"));
    figures.start(System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(DURATION_S * 1_000 + 200));
    return new RunKeeper(
        new RunConfig(
            Scenario.steady(PER_S, Duration.ofSeconds(DURATION_S), 1, 1, 1),
            "localhost:1",
            Map.of(),
            Optional.empty(),
            temporary.resolve("ledger"),
            Optional.of(folder),
            Duration.ofSeconds(warmUpS),
            EndToEnd.NONE,
            RunConfig.Share.ALL,
            OptionalLong.empty(),
            OptionalLong.empty(),
            List.of("loadgen"),
            "1.0"),
        figures,
        metrics,
        ledger,
        Thread.currentThread());
  }

  private RunFolder folder() throws IOException {
    RunFolder folder = new RunFolder(temporary.resolve("run"));
    folder.make();
    return folder;
  }

  /// Events that were sent in time, or late, and acknowledged after so many microseconds.
  private void events(int count, long lateUs, long ackUs) {
    for (int i = 0; i < count; i++) {
      metrics.events.sent();
      metrics.events.settled(Ledger.Fate.ACKNOWLEDGED);
      figures.lateness.record(lateUs * 1_000);
      figures.ack.record(ackUs * 1_000);
    }
  }

  private static void awaitSecond(RunKeeper keeper, long second) {
    while (keeper.latest().map(RunSecond::second).orElse(-1L) < second) {
      Thread.onSpinWait();
    }
  }

  private RunSummary finish(RunKeeper keeper) throws IOException {
    keeper.sendingEnded(TimeUnit.SECONDS.toNanos(DURATION_S));
    RunSummary summary = keeper.finish(figures.elapsed(), 0, false, 0);
    ledger.close();
    return summary;
  }

  private static List<RunSecond> series(RunFolder folder) throws IOException {
    List<RunSecond> seconds = new ArrayList<>();
    for (String line : Files.readAllLines(folder.path().resolve(RunSecond.FILE))) {
      seconds.add(RunSecond.JSON.decode(line.getBytes(StandardCharsets.UTF_8)));
    }
    return seconds;
  }

  @Test
  void secondsAddUpToTheWhole() throws IOException {
    RunFolder folder = folder();
    RunKeeper keeper = keeper(folder, 0);
    keeper.start(0);
    events(DURATION_S * PER_S, 10, 2_000);
    RunSummary summary = finish(keeper);
    List<RunSecond> seconds = series(folder);
    assertEquals(500, seconds.stream().mapToLong(RunSecond::due).sum());
    assertEquals(500, seconds.stream().mapToLong(RunSecond::sent).sum());
    assertEquals(500, seconds.stream().mapToLong(RunSecond::acknowledged).sum());
    for (int i = 0; i < seconds.size(); i++) {
      assertEquals(i, seconds.get(i).second());
    }
    assertEquals(new RunSummary.Totals(500, 500, 0, 0, 0), summary.totals());
    assertEquals(500, summary.latencyUs().ack().count());
    assertEquals(100.0, summary.rate().targetPerS());
    assertNull(summary.latencyUs().e2e());
    assertTrue(summary.valid(), summary.causes().toString());
    assertArrayEquals(
        RunSummary.JSON.encode(summary),
        Files.readAllBytes(folder.path().resolve(RunSummary.FILE)));
    assertEquals(
        new LedgerTotals(500, 500, 0, 0),
        LedgerFile.read(temporary.resolve("ledger")).totals().orElseThrow());
  }

  @Test
  void theWarmUpIsInTheTotalsAndInNoFigure() throws IOException {
    RunFolder folder = folder();
    RunKeeper keeper = keeper(folder, 2);
    // Before the first second is booked, and so in it.
    events(200, 900_000, 900_000);
    keeper.start(0);
    awaitSecond(keeper, 1);
    events(300, 10, 2_000);
    RunSummary summary = finish(keeper);
    assertEquals(500, summary.totals().sent());
    // The keeper may not have come to the end of the warm-up's last second when they were sent.
    assertTrue(summary.latencyUs().ack().count() <= 300, summary.toString());
    assertTrue(summary.latencyUs().ack().max() <= 2_100, summary.toString());
    assertTrue(summary.latencyUs().lateness().max() <= 100, summary.toString());
    assertEquals(
        List.of(0L, 1L),
        series(folder).stream().filter(RunSecond::warmUp).map(RunSecond::second).toList());
  }

  @Test
  void lateEventsMakeTheRunInvalid() throws IOException {
    RunKeeper keeper = keeper(folder(), 0);
    keeper.start(0);
    events(490, 10, 2_000);
    events(10, 20_000, 2_000);
    RunSummary summary = finish(keeper);
    assertFalse(summary.valid());
    assertTrue(
        summary.causes().getFirst().startsWith("2.0 % of the events were handed over"),
        summary.causes().toString());
  }

  @Test
  void whatCannotBeWrittenIsSaidAndTheFiguresAreThereAllTheSame() throws IOException {
    RunKeeper keeper = keeper(new RunFolder(temporary.resolve("nowhere")), 0);
    keeper.start(0);
    events(500, 10, 2_000);
    RunSummary summary = finish(keeper);
    assertEquals(500, summary.totals().acknowledged());
    assertTrue(
        keeper.trouble().orElseThrow().startsWith("The run cannot be written, and goes on"),
        keeper.trouble().orElseThrow());
  }

  @Test
  void eventsOfUnknownFateAreListed() throws IOException {
    RunFolder folder = folder();
    RunKeeper keeper = keeper(folder, 0);
    keeper.start(0);
    figures.unknown.add(new Figures.Unknown(7, true));
    awaitSecond(keeper, 1);
    figures.unknown.add(new Figures.Unknown(12, false));
    keeper.sendingEnded(figures.elapsed());
    keeper.finish(figures.elapsed(), 0, false, 0);
    assertEquals("7\n12 invalid\n", Files.readString(folder.path().resolve(RunFolder.UNKNOWN)));
  }
}
