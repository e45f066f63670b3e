package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.MaxSearchResult;
import dev.millrace.loadgen.MaxSearchStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A search for the highest rate, as a user runs it: a demo in one terminal, the search in another.
class FindMaxIT {
  @TempDir private Path folder;

  /// What the machine can take is not the same twice; where the term stops it is.
  @Test
  void theHighestRateBelowWhatTheTermAllowsIsFoundAndConfirmed() throws Exception {
    try (Cli.Running demo = demo()) {
      String server = server(demo);
      Cli.Result result =
          Cli.runWell(
              "loadgen",
              "--find-max",
              server,
              "--slo",
              "rate.sent < 3000, ack.p99 < 20s, lag flat",
              "--rate",
              "2k",
              "--duration",
              "5s",
              "--warm-up",
              "1s",
              "--resolution",
              "50%",
              "--run",
              path("run"));
      MaxSearchResult found = read("run");
      assertTrue(found.foundPerS() > 2_500 && found.foundPerS() < 3_000, result.all());
      assertTrue(found.lowestFailedPerS() >= 3_000, result.all());
      assertFalse(found.interrupted());
      MaxSearchStep last = found.steps().getLast();
      assertEquals("confirm", last.purpose());
      assertTrue(last.held(), result.all());
      assertTrue(result.out().contains("Sustained: 2,"), result.out());
      for (MaxSearchStep step : found.steps()) {
        assertEquals(step.ratePerS(), step.sentPerS(), step.ratePerS() / 20, result.all());
        // No row is published before its window has ended.
        assertTrue(step.e2eP99Us() > 1_000_000, step.toString());
        assertEquals(!step.isWarmUp(), step.judged(), step.toString());
        // In the first warm-up, the sink may not have committed anything yet.
        assertTrue(!step.judged() || step.rowsGrowth() != null, step.toString());
        assertTrue(step.lag() != null, step.toString());
        if (step.judged() && !step.held()) {
          assertTrue(step.ratePerS() >= 3_000, step.toString());
          // Nothing holds it back but the term; if on a busy machine the lag grew as well,
          // somebody.
          assertEquals(step.reasons().size() > 1, step.bottleneck() != null, step.toString());
        }
        Path run = folder.resolve("run").resolve(step.run());
        Cli.runWell("report", run.toString(), "--fail-if", "share.failed > 0%");
      }
      demo.interrupt();
      assertEquals(130, demo.exitCode(), demo.output());
      assertTrue(demo.output().contains("The ledger balances"), demo.output());
    }
  }

  /// Two Ctrl-C with one demo: the search's, and its own while somebody still sends.
  @Test
  void ctrlCEndsTheSearchWithWhatIsKnownAndADemoAlsoWhileSomebodyStillSends() throws Exception {
    try (Cli.Running demo = demo()) {
      String server = server(demo);
      try (Cli.Running search =
          Cli.start(
              "loadgen",
              "--find-max",
              server,
              "--rate",
              "500",
              "--duration",
              "4s",
              "--slo",
              "lag flat",
              "--run",
              path("run"))) {
        search.awaitLine(line -> line.contains("  search "));
        search.interrupt();
        assertEquals(130, search.exitCode(), search.output());
        MaxSearchResult known = read("run");
        assertTrue(known.interrupted());
        assertEquals(null, known.foundPerS());
        assertEquals(
            List.of(1),
            known.steps().stream().filter(MaxSearchStep::judged).map(MaxSearchStep::step).toList());
        assertTrue(search.output().contains("interrupted"), search.output());
      }
      try (Cli.Running sender =
          Cli.start(
              "loadgen", server, "--rate", "2k", "--duration", "10m", "--run", path("sender"))) {
        sender.awaitLine(line -> line.contains("/s"));
        demo.interrupt();
        assertEquals(130, demo.exitCode(), demo.output());
        assertTrue(demo.output().contains("Somebody still sends"), demo.output());
        sender.kill();
      }
    }
  }

  private Cli.Running demo() throws IOException {
    return Cli.start("demo", "--no-load", "--port", "0", "--data", path("demo"));
  }

  private static String server(Cli.Running broker) throws IOException {
    String listens = "Kafka listens on ";
    String line = broker.awaitLine(at -> at.startsWith(listens)).substring(listens.length());
    return "--bootstrap-server=" + line.replaceFirst(",.*", "");
  }

  private MaxSearchResult read(String run) throws IOException {
    return MaxSearchResult.JSON.decode(
        Files.readAllBytes(folder.resolve(run).resolve(MaxSearchResult.FILE)));
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
