package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.loadgen.Recount;
import dev.millrace.loadgen.RunSecond;
import dev.millrace.loadgen.RunSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a run of the load generator leaves behind agrees with itself and with what Kafka holds.
class LoadgenIT {
  @TempDir private Path folder;

  @Test
  void aDirtyRunIsBookedAndMeasuredToTheEvent() throws Exception {
    Path run = folder.resolve("run");
    Path database = folder.resolve("windows.db");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String server = server(broker);
      try (Cli.Running processor = Cli.start("processor", server, "--state", path("state"));
          Cli.Running sink =
              Cli.start("sink", server, "--database", database.toString(), "--port", "0")) {
        String[] recount = {"verify", "--recount", server, "--database", database.toString()};
        // Once a row has come through, there is a processor to measure to the end of.
        Cli.runWell(
            "loadgen",
            server,
            "--rate",
            "100",
            "--duration",
            "1s",
            "--no-e2e",
            "--run",
            path("first"));
        Await.until(() -> Cli.run(recount).code() == 0, () -> Cli.run(recount).all());
        // No event of the second run, late ones included, is to be in a second of the first.
        long apart = System.nanoTime() + Duration.ofSeconds(8).toNanos();
        Await.until(() -> System.nanoTime() > apart, () -> "the clock stands");
        Cli.runWell(
            "loadgen",
            server,
            "--scenario",
            "dirty-input",
            "--rate",
            "2k",
            "--duration",
            "6s",
            "--warm-up",
            "2s",
            "--run",
            run.toString(),
            "--kafka",
            "client.id=x");
        RunSummary summary = RunSummary.JSON.decode(Files.readAllBytes(run.resolve("run.json")));
        Await.until(() -> Cli.run(recount).code() == 0, () -> Cli.run(recount).all());
        assertTotals(summary, run);
        assertSeries(summary, run);
        assertHistograms(summary, run);
        assertNotNull(summary.latencyUs().e2e(), "a processor is there, and windows were not seen");
        // A window is published a second after its end at the earliest.
        assertTrue(summary.latencyUs().e2e().p50() > 1_000_000, summary.latencyUs().toString());
        assertEquals(143, processor.terminate());
        assertEquals(143, sink.terminate());
        Cli.runWell(
            "verify", run.resolve("ledger.ndjson").toString(), "--database", database.toString());
      }
    }
  }

  private static void assertTotals(RunSummary summary, Path run) throws IOException {
    RunSummary.Totals totals = summary.totals();
    assertEquals(12_000, totals.sent());
    assertTrue(totals.rejected() > 5, totals.toString());
    assertEquals(12_000, totals.acknowledged() + totals.rejected());
    LedgerFile ledger = LedgerFile.read(run.resolve("ledger.ndjson"));
    assertEquals(
        new LedgerTotals(12_000, totals.acknowledged(), totals.rejected(), 0, 0),
        ledger.totals().orElseThrow());
    assertEquals(
        totals.acknowledged(), ledger.entries().stream().mapToLong(LedgerEntry::requests).sum());
    assertEquals(2, summary.warmUpS());
    assertEquals(
        List.of("loadgen", "--scenario"),
        List.of(summary.command().get(0), summary.command().get(2)));
  }

  private static void assertSeries(RunSummary summary, Path run) throws IOException {
    List<RunSecond> seconds = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("series.ndjson"))) {
      seconds.add(RunSecond.JSON.decode(line.getBytes(StandardCharsets.UTF_8)));
    }
    assertEquals(12_000, sum(seconds, RunSecond::due));
    assertEquals(12_000, sum(seconds, RunSecond::sent));
    assertEquals(summary.totals().acknowledged(), sum(seconds, RunSecond::acknowledged));
    assertEquals(summary.totals().rejected(), sum(seconds, RunSecond::rejected));
    assertEquals(2, seconds.stream().filter(RunSecond::warmUp).count());
    for (int i = 0; i < seconds.size(); i++) {
      assertEquals(i, seconds.get(i).second());
    }
  }

  private static long sum(List<RunSecond> seconds, ToLongFunction<RunSecond> figure) {
    return seconds.stream().mapToLong(figure).sum();
  }

  private static void assertHistograms(RunSummary summary, Path run) throws IOException {
    Map<String, Histogram> whole = new TreeMap<>();
    Map<String, Histogram> measured = new TreeMap<>();
    try (HistogramLogReader log = new HistogramLogReader(run.resolve("latency.hlog").toFile())) {
      double start = log.getStartTimeSec();
      while (log.hasNext()) {
        Histogram interval = (Histogram) log.nextIntervalHistogram();
        start = log.getStartTimeSec();
        whole.computeIfAbsent(interval.getTag(), tag -> new Histogram(3)).add(interval);
        if (interval.getStartTimeStamp() / 1e3 - start > 1.5) {
          measured.computeIfAbsent(interval.getTag(), tag -> new Histogram(3)).add(interval);
        }
      }
    }
    assertEquals(12_000, whole.get("ack").getTotalCount());
    assertEquals(12_000, whole.get("lateness").getTotalCount());
    assertEquals(summary.latencyUs().ack().count(), measured.get("ack").getTotalCount());
    assertEquals(summary.latencyUs().ack().p99(), measured.get("ack").getValueAtPercentile(99));
    assertEquals(summary.latencyUs().lateness().max(), measured.get("lateness").getMaxValue());
    assertEquals(summary.latencyUs().e2e().count(), measured.get("e2e").getTotalCount());
  }

  @Test
  void severalWorkersMakeOneRun() throws Exception {
    Path run = folder.resolve("run");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String server = server(broker);
      Cli.runWell(
          "loadgen",
          server,
          "--scenario",
          "dirty-input",
          "--rate",
          "2001",
          "--duration",
          "4s",
          "--workers",
          "3",
          "--warm-up",
          "1s",
          "--no-e2e",
          "--run",
          run.toString());
      RunSummary summary = RunSummary.JSON.decode(Files.readAllBytes(run.resolve("run.json")));
      assertEquals(3, summary.workers());
      assertEquals(8_004, summary.totals().sent());
      assertEquals(8_004, summary.totals().acknowledged() + summary.totals().rejected());
      long due = 0;
      for (String line : Files.readAllLines(run.resolve("series.ndjson"))) {
        due += RunSecond.JSON.decode(line.getBytes(StandardCharsets.UTF_8)).due();
      }
      assertEquals(8_004, due);
      LedgerFile merged = LedgerFile.read(run.resolve("ledger.ndjson"));
      assertTrue(merged.totals().orElseThrow().isBalanced());
      LedgerFile held = Recount.read(server.substring(server.indexOf('=') + 1), Map.of());
      assertEquals(counts(held), counts(merged));
    }
  }

  /// Requests, errors and bytes of each second and series, over all lines.
  private static Map<String, List<Long>> counts(LedgerFile ledger) {
    Map<String, List<Long>> counts = new TreeMap<>();
    for (LedgerEntry line : ledger.entries()) {
      counts.merge(
          line.second() + " " + line.series().key(),
          List.of(line.requests(), line.errors(), line.clientErrors(), line.bytes()),
          (a, b) ->
              List.of(
                  a.get(0) + b.get(0),
                  a.get(1) + b.get(1),
                  a.get(2) + b.get(2),
                  a.get(3) + b.get(3)));
    }
    return counts;
  }

  @Test
  void workersEndWithTheirParent() throws Exception {
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"));
        Cli.Running parent =
            Cli.start(
                "loadgen",
                server(broker),
                "--rate",
                "100",
                "--duration",
                "10m",
                "--workers",
                "2",
                "--no-e2e",
                "--run",
                path("run"))) {
      parent.awaitLine(line -> line.contains("s  sent "));
      List<ProcessHandle> workers = parent.children();
      assertEquals(2, workers.size());
      parent.kill();
      Await.until(
          () -> workers.stream().noneMatch(ProcessHandle::isAlive), () -> workers.toString());
      Path left = folder.resolve("run").resolve("worker-0").resolve("run.json");
      assertTrue(Files.exists(left), "a worker that is left alone settles its own run");
    }
  }

  private static String server(Cli.Running broker) throws IOException {
    return "--bootstrap-server=" + broker.awaitKafka();
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
