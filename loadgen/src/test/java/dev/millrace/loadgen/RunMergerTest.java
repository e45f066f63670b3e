package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunMergerTest {
  private static final long START_MS = 1_764_000_000_250L;
  private static final LedgerTotals TOTALS = new LedgerTotals(10_000, 9_970, 10, 15, 5);

  @TempDir private Path folder;
  private RunFolder fast;
  private RunFolder slow;

  @BeforeEach
  void twoWorkers() throws IOException {
    fast = worker("worker-0", 10, Optional.of(TOTALS), 5_000, 7_000);
    slow = worker("worker-1", 100, Optional.of(TOTALS), 6_000);
  }

  private RunFolder worker(String name, int unitUs, Optional<LedgerTotals> totals, long... seconds)
      throws IOException {
    Path path = RunOnDisk.write(folder.resolve(name), unitUs);
    try (LedgerFile.Writer ledger = LedgerFile.create(path.resolve(RunFolder.LEDGER))) {
      for (long second : seconds) {
        ledger.write(new LedgerEntry(second, "a", "/", 3, 0, 1, 0, 9, null));
      }
      if (totals.isPresent()) {
        ledger.write(totals.get());
      }
    }
    return new RunFolder(path);
  }

  private RunSummary merge() throws IOException {
    RunFolder whole = new RunFolder(folder.resolve("whole"));
    whole.make();
    return RunMerger.merge(
        new RunConfig(
            Scenario.steady(2_000, Duration.ofSeconds(RunOnDisk.SECONDS), 1, 1, 1),
            "localhost:1",
            Map.of(),
            Optional.empty(),
            whole.ledger(),
            Optional.of(whole),
            Duration.ofSeconds(RunOnDisk.WARM_UP),
            EndToEnd.ALL,
            new RunConfig.Share(0, 2),
            OptionalLong.of(START_MS),
            OptionalLong.empty(),
            List.of(),
            ""),
        List.of(fast, slow));
  }

  @Test
  void fatesAndRatesAreAdded() throws IOException {
    RunSummary whole = merge();
    assertEquals(new RunSummary.Totals(20_000, 19_940, 20, 30, 10), whole.totals());
    assertEquals(new RunSummary.Rate(2_000.0, 2_000, 1_994), whole.rate());
    assertEquals(2, whole.workers());
    assertEquals(RunOnDisk.SECONDS, whole.durationS());
    assertTrue(whole.valid(), whole.causes().toString());
  }

  /// Of two workers with p99 of 9.9 and 99 ms, no average and no maximum is the p99 of all.
  @Test
  void percentilesAreThoseOfAllEventsTogether() throws IOException {
    Histogram all = new Histogram(3);
    for (int i = 1; i <= 1_000; i++) {
      all.recordValue(i * 10L);
      all.recordValue(i * 100L);
    }
    RunSummary.Latency ack = merge().latencyUs().ack();
    assertEquals(2 * 1_000 * (RunOnDisk.SECONDS - RunOnDisk.WARM_UP), ack.count());
    assertEquals(all.getValueAtPercentile(50), ack.p50());
    assertEquals(all.getValueAtPercentile(99), ack.p99());
    assertEquals(all.getMean(), ack.mean(), all.getMean() / 100);
  }

  @Test
  void theWholeIsWrittenAsARunOfItsOwn() throws IOException {
    RunSummary whole = merge();
    RecordedRun read = RecordedRun.read(folder.resolve("whole"));
    assertArrayEquals(
        RunSummary.JSON.encode(whole), RunSummary.JSON.encode(read.summary().orElseThrow()));
    assertEquals(List.of(), read.remarks());
    assertEquals(RunOnDisk.SECONDS, read.seconds().size());
    RunSecond second = read.seconds().getFirst();
    assertEquals(2_000, second.sent());
    assertEquals(0.5, second.cpu());
    assertTrue(second.warmUp());
    assertEquals(whole.latencyUs().ack().p99(), read.seconds().getLast().ackP99Us());
    assertEquals(
        whole.latencyUs().ack().count(),
        read.latencies().measured(LatencyCourse.ACK).getTotalCount());
  }

  @Test
  void ledgerLinesArePutTogetherInTheOrderOfTheirTime() throws IOException {
    var _ = merge();
    LedgerFile ledger = LedgerFile.read(folder.resolve("whole").resolve(RunFolder.LEDGER));
    assertEquals(
        List.of(5_000L, 6_000L, 7_000L),
        ledger.entries().stream().map(LedgerEntry::second).toList());
    assertEquals(Optional.of(TOTALS.plus(TOTALS)), ledger.totals());
  }

  @Test
  void aWorkerThatIsInvalidMakesTheWholeInvalidAndIsNamed() throws IOException {
    Files.write(
        slow.path().resolve(RunSummary.FILE),
        RunSummary.JSON.encode(RunOnDisk.invalid(RunOnDisk.summary(100), "It was late.")));
    RunSummary whole = merge();
    assertFalse(whole.valid());
    assertEquals(List.of("Worker 1: It was late."), whole.causes());
  }

  @Test
  void aLedgerThatIsNotWholeIsNotPutTogether() throws IOException {
    slow = worker("worker-2", 100, Optional.empty(), 6_000);
    IOException e = assertThrows(IOException.class, this::merge);
    assertTrue(e.getMessage().contains("worker-2") && e.getMessage().contains("no totals"));
  }
}
