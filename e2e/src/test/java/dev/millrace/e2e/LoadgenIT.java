package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.Topics;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
          Cli.Running sink = Cli.start("sink", server, "--database", database.toString())) {
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
  void aBrokerThatDiesDoesNotStopTheScheduleAndTheShareThatFailedIsTold() throws Exception {
    Path run = folder.resolve("run");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"));
        Cli.Running load =
            Cli.start(
                "loadgen",
                server(broker),
                "--rate",
                "20k",
                "--duration",
                "10s",
                "--no-e2e",
                "--run",
                run.toString(),
                // Small, so that it is full soon; short, so that the test is.
                "--kafka",
                "buffer.memory=1048576",
                "--kafka",
                "batch.size=65536",
                "--kafka",
                "delivery.timeout.ms=4000",
                "--kafka",
                "request.timeout.ms=3000")) {
      load.awaitLine(line -> line.matches(" +[4-9]s  sent .*"));
      broker.kill();
      assertEquals(1, load.exitCode());
      String output = load.output();
      assertTrue(output.contains("% of the events failed or have an unknown fate"), output);
      RunSummary summary = RunSummary.JSON.decode(Files.readAllBytes(run.resolve("run.json")));
      RunSummary.Totals totals = summary.totals();
      assertEquals(200_000, totals.sent(), output);
      assertEquals(
          totals.sent(), totals.acknowledged() + totals.failed() + totals.unknown(), output);
      assertTrue(totals.failed() > 50_000 && totals.acknowledged() > 40_000, output);
      assertTrue(totals.unknown() > 0, output);
      assertTrue(summary.latencyUs().lateness().max() < 3_000_000, output);
      assertTrue(LedgerFile.read(run.resolve("ledger.ndjson")).totals().orElseThrow().isBalanced());
    }
  }

  /// Longer than Kafka's client waits for an answer, so that nothing is on its way any more: then
  /// it takes an event to find out that Kafka is back.
  @ParameterizedTest
  @ValueSource(strings = {"none", "rebootstrap"})
  void aBrokerThatComesBackIsSentToAgain(String recovery) throws Exception {
    int port = Cli.freePort();
    String[] broker = {
      "broker", "--port", Integer.toString(port), "--data", path("broker"),
    };
    try (Cli.Running first = Cli.start(broker);
        Cli.Running load =
            Cli.start(
                "loadgen",
                server(first),
                "--rate",
                "2k",
                "--duration",
                "2m",
                "--no-e2e",
                "--run",
                path("run"),
                // Whether the client forgets the topic when its only broker is away.
                "--kafka",
                "metadata.recovery.strategy=" + recovery,
                "--kafka",
                "buffer.memory=262144",
                "--kafka",
                "delivery.timeout.ms=2000",
                "--kafka",
                "request.timeout.ms=1500")) {
      load.awaitLine(line -> line.endsWith(" errors 0"));
      first.kill();
      // After four seconds of them, all that was on its way has got its fate.
      for (int second = 0; second < 4; second++) {
        load.awaitLine(line -> line.matches(".* errors [1-9].*"));
      }
      try (Cli.Running second = Cli.start(broker)) {
        server(second);
        load.awaitLine(line -> line.endsWith(" errors 0"));
        load.interrupt();
        assertEquals(130, load.exitCode());
        RunSummary.Totals totals =
            RunSummary.JSON
                .decode(Files.readAllBytes(folder.resolve("run").resolve("run.json")))
                .totals();
        assertEquals(totals.sent(), totals.acknowledged() + totals.failed() + totals.unknown());
      }
    }
  }

  /// Windows that do not come must not leave the figures to those that did.
  @ParameterizedTest
  @CsvSource({"1, 800", "2, 667"})
  void eventsWhoseWindowNeverCameAreInTheEndToEndFigures(String workers, long sampled)
      throws Exception {
    Path run = folder.resolve("run");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String server = server(broker);
      try (Cli.Running processor = Cli.start("processor", server, "--state", path("state"));
          Cli.Running load =
              Cli.start(
                  "loadgen",
                  server,
                  "--rate",
                  "200",
                  "--duration",
                  "20s",
                  "--warm-up",
                  "0s",
                  "--workers",
                  workers,
                  "--run",
                  run.toString())) {
        try (PublishedRows rows = new PublishedRows(server.substring(19), Topics.WINDOWS_1S)) {
          Await.until(() -> !rows.totals().isEmpty(), () -> "no row");
        }
        processor.kill();
        assertEquals(0, load.exitCode());
        assertTrue(load.output().contains("in no window that came in time"), load.output());
        RunSummary summary = RunSummary.JSON.decode(Files.readAllBytes(run.resolve("run.json")));
        // Every fifth event, or every third of the worker that looks for windows; also of the
        // seconds after the kill.
        assertEquals(sampled, summary.latencyUs().e2e().count());
      }
    }
  }

  @Test
  void aDiskThatIsFullIsSaidOnceAndTheRunGoesOn() throws Exception {
    assumeTrue(Files.isWritable(Path.of("/dev/full")), "this system has no /dev/full");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      Cli.Result result =
          Cli.run(
              "loadgen",
              server(broker),
              "--rate",
              "500",
              "--duration",
              "3s",
              "--no-e2e",
              "--run",
              path("run"),
              "--ledger",
              "/dev/full");
      assertEquals(1, result.code(), result.all());
      assertEquals(1, result.err().split("cannot be written", -1).length - 1, result.all());
      assertTrue(result.out().contains("acknowledged  1,500"), result.all());
      assertTrue(Files.exists(folder.resolve("run").resolve("run.json")));
    }
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
    String listens = "Kafka listens on ";
    return "--bootstrap-server="
        + broker.awaitLine(line -> line.startsWith(listens)).substring(listens.length());
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
