package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.RunSummary;
import dev.millrace.loadgen.RunSummary.Latencies;
import dev.millrace.loadgen.RunSummary.Latency;
import dev.millrace.loadgen.RunSummary.Rate;
import dev.millrace.loadgen.RunSummary.Totals;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCommandTest {
  @TempDir private Path folder;
  private String a;
  private String b;

  private record Answer(int code, String out, String err) {}

  private static Answer run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    return new Answer(code, out.toString(), err.toString());
  }

  private static String write(Path run, long p99) throws IOException {
    Files.createDirectory(run);
    Latency latency = new Latency(1_000, 800, 700, 900, 1_000, p99, 30_000, 40_000, 40_000);
    RunSummary summary =
        new RunSummary(
            RunSummary.FORMAT,
            "0.1.0",
            "2026-01-01T00:00:00Z",
            List.of("loadgen"),
            Map.of(),
            42,
            "kafka",
            null,
            1,
            "2 processors",
            "25",
            "4.3.1",
            0,
            10,
            10,
            new Totals(1_000, 1_000, 0, 0, 0),
            new Rate(100.0, 100, 100),
            new Latencies(latency, latency, null),
            true,
            List.of());
    Files.write(run.resolve(RunSummary.FILE), RunSummary.JSON.encode(summary));
    return run.toString();
  }

  @BeforeEach
  void writeRuns() throws IOException {
    a = write(folder.resolve("a"), 10_000);
    b = write(folder.resolve("b"), 15_000);
  }

  @Test
  void theSummaryGoesToStdoutAndThePageIntoTheRun() {
    Answer answer = run("report", a);
    assertEquals(0, answer.code(), answer.err());
    assertTrue(answer.out().contains("1,000 sent = 1,000 acknowledged"), answer.out());
    assertTrue(answer.err().contains("report.html"), answer.err());
    assertTrue(Files.exists(folder.resolve("a/report.html")));
  }

  @Test
  void thePageGoesWhereTheUserWantsIt() {
    Path page = folder.resolve("page.html");
    assertEquals(0, run("report", a, "--html", page.toString()).code());
    assertTrue(Files.exists(page));
    assertFalse(Files.exists(folder.resolve("a/report.html")));
  }

  @Test
  void jsonIsAllThatIsOnStdout() {
    Answer answer = run("report", a, "--json");
    assertEquals(1, answer.out().lines().count());
    assertTrue(answer.out().startsWith("{\"run\":"), answer.out());
  }

  @Test
  void conditionsThatAreMetFailWithASentenceEach() {
    Answer answer =
        run(
            "report",
            a,
            "--fail-if",
            "ack.p99 > 9ms",
            "--fail-if",
            "ack.p99 > 11ms",
            "--fail-if",
            "rate.sent < 1k/s");
    assertEquals(1, answer.code());
    assertTrue(
        answer.err().contains("--fail-if 'ack.p99 > 9ms' is so: ack.p99 is 10.00 ms"),
        answer.err());
    assertTrue(
        answer.err().contains("--fail-if 'rate.sent < 1k/s' is so: rate.sent is 100/s"),
        answer.err());
    assertFalse(answer.err().contains("11ms"), answer.err());
  }

  @Test
  void conditionsThatAreNotMetPass() {
    assertEquals(0, run("report", a, "--fail-if", "ack.p99 > 11ms").code());
  }

  @Test
  void aFigureThatTheRunLacksIsNoPass() {
    Answer answer = run("report", a, "--fail-if", "e2e.p99 > 2s");
    assertEquals(1, answer.code());
    assertTrue(
        answer.err().contains("cannot be told: the run has no figure e2e.p99"), answer.err());
  }

  @Test
  void twoRunsAreComparedAndTheirRatioCanFail() {
    Path page = folder.resolve("page.html");
    Answer answer =
        run(
            "report",
            "--compare",
            a,
            b,
            "--html",
            page.toString(),
            "--fail-if",
            "ack.p99 > 1.2x",
            "--fail-if",
            "ack.p50 > 1.2x");
    assertEquals(1, answer.code());
    assertTrue(answer.out().contains("1.50x"), answer.out());
    assertTrue(
        answer.err().contains("ack.p99 is 15.00 ms in B and 10.00 ms in A, 1.50x"), answer.err());
    assertFalse(answer.err().contains("ack.p50"), answer.err());
    assertTrue(Files.exists(page));
  }
}
