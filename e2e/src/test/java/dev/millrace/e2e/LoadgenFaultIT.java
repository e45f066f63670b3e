package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.events.LedgerFile;
import dev.millrace.events.Topics;
import dev.millrace.loadgen.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A run of the load generator beside which something breaks goes on, and says what it has cost.
class LoadgenFaultIT {
  @TempDir private Path folder;

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

  /// Then its client tells nothing of records that have expired, and its `flush()` does not end.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aKafkaThatGivesNoProducerIdDoesNotHoldTheRunForEver(boolean interrupted) throws Exception {
    Path run = folder.resolve("run");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String kafka = broker.awaitKafka();
      int port = Integer.parseInt(kafka.substring(kafka.indexOf(':') + 1));
      try (SilentKafka silent = new SilentKafka(port, SilentKafka.INIT_PRODUCER_ID);
          Cli.Running load =
              Cli.start(
                  "loadgen",
                  "--bootstrap-server",
                  silent.bootstrapServers(),
                  "--rate",
                  "100",
                  "--duration",
                  interrupted ? "1h" : "3s",
                  "--no-e2e",
                  "--run",
                  run.toString(),
                  "--kafka",
                  "delivery.timeout.ms=2000",
                  "--kafka",
                  "request.timeout.ms=1500")) {
        if (interrupted) {
          load.awaitLine(line -> line.matches(" +3s  sent .*"));
          load.interrupt();
        }
        assertEquals(interrupted ? 130 : 1, load.exitCode());
        String output = load.output();
        assertTrue(silent.count() > 0, output);
        RunSummary.Totals totals =
            RunSummary.JSON.decode(Files.readAllBytes(run.resolve("run.json"))).totals();
        assertTrue(totals.sent() > 100, output);
        assertEquals(0, totals.acknowledged(), output);
        assertEquals(totals.sent(), totals.failed() + totals.unknown(), output);
        assertTrue(totals.unknown() > 0, output);
        assertTrue(
            LedgerFile.read(run.resolve("ledger.ndjson")).totals().orElseThrow().isBalanced());
      }
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
  @CsvSource({"1, 480", "2, 400"})
  void eventsWhoseWindowNeverCameAreInTheEndToEndFigures(String workers, long sampled)
      throws Exception {
    Path run = folder.resolve("run");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String server = server(broker);
      try (Cli.Running processor = Cli.start("processor", server, "--state", path("state"))) {
        processor.awaitLine(line -> line.startsWith("processor started"));
        try (Cli.Running load =
            Cli.start(
                "loadgen",
                server,
                "--rate",
                "200",
                "--duration",
                "12s",
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

  private static String server(Cli.Running broker) throws IOException {
    return "--bootstrap-server=" + broker.awaitKafka();
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
