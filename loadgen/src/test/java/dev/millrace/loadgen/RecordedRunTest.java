package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordedRunTest {
  @TempDir private Path folder;

  private static void assertRefused(Path folder, String... parts) {
    String message = assertThrows(IOException.class, () -> RecordedRun.read(folder)).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  /// Within the three digits of a histogram.
  private static void assertNear(double expected, double actual) {
    assertEquals(expected, actual, expected / 1_000);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readsALogWhetherItsTimesAreRelativeOrNot(boolean relative) throws IOException {
    RunOnDisk.writeLog(folder, 10, relative);
    LatencyCourse log =
        LatencyCourse.read(folder.resolve(LatencyLog.FILE), second -> second < RunOnDisk.WARM_UP);
    assertEquals(RunOnDisk.SECONDS, log.points(LatencyCourse.ACK).size());
    assertEquals(9, log.points(LatencyCourse.ACK).getLast().second());
    assertNear(9_900, log.points(LatencyCourse.ACK).getLast().p99());
    assertNear(10_000, log.points(LatencyCourse.ACK).getLast().max());
    assertEquals(8_000, log.measured(LatencyCourse.ACK).getTotalCount());
    assertNear(9_990, log.measured(LatencyCourse.ACK).getValueAtPercentile(99.9));
    assertNear(990, log.measured(LatencyCourse.LATENESS).getValueAtPercentile(99));
    assertNear(2_000_000, log.measured(LatencyCourse.E2E).getMaxValue());
  }

  @Test
  void aWholeRunHasTheFiguresOfItsSummary() throws IOException {
    RecordedRun run = RecordedRun.read(RunOnDisk.write(folder, 10));
    assertEquals(RunFigures.of(RunOnDisk.summary(10)), run.figures());
    assertEquals(0, run.figures().unaccounted());
    assertEquals(List.of(), run.remarks());
  }

  @Test
  void aKilledRunIsReadAsFarAsItIsWhole() throws IOException {
    RunOnDisk.write(folder, 10);
    Files.delete(folder.resolve(RunSummary.FILE));
    RunOnDisk.tear(folder.resolve(RunSecond.FILE), 20);
    RunOnDisk.tear(folder.resolve(LatencyLog.FILE), 20);
    RecordedRun run = RecordedRun.read(folder);
    assertEquals(9, run.seconds().size());
    assertEquals(3, run.remarks().size(), run.remarks()::toString);
    RunFigures figures = run.figures();
    assertEquals(9_000, figures.totals().sent());
    assertEquals(0, figures.unaccounted());
    assertEquals(1_000, figures.rate().sentPerS());
    assertEquals(8_000, figures.latencies().ack().count());
    assertNear(5_005, figures.latencies().ack().mean());
    assertNear(9_900, figures.latencies().ack().p99());
    assertEquals(7_000, figures.latencies().e2e().count());
    assertTrue(figures.valid().isEmpty());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100, 200})
  void aTornIntervalIsNeverCounted(int bytes) throws IOException {
    RunOnDisk.write(folder, 10);
    RunOnDisk.tear(folder.resolve(LatencyLog.FILE), bytes);
    RecordedRun run = RecordedRun.read(folder);
    assertEquals(7_000, run.latencies().measured(LatencyCourse.E2E).getTotalCount());
    assertEquals(1, run.remarks().size(), run.remarks()::toString);
  }

  @Test
  void aFileThatIsMissingIsRemarked() throws IOException {
    RunOnDisk.write(folder, 10);
    Files.delete(folder.resolve(LatencyLog.FILE));
    Files.delete(folder.resolve(RunSecond.FILE));
    RecordedRun run = RecordedRun.read(folder);
    assertEquals(2, run.remarks().size());
    assertEquals(9_900, run.figures().latencies().ack().p99());
  }

  @Test
  void filesThatDisagreeAreRemarked() throws IOException {
    RunOnDisk.write(folder, 10);
    String series = Files.readString(folder.resolve(RunSecond.FILE));
    Files.writeString(
        folder.resolve(RunSecond.FILE), series.substring(0, series.lastIndexOf("{\"second\"")));
    assertTrue(
        RecordedRun.read(folder).remarks().getFirst().contains("adds up to 9,000 sent"),
        RecordedRun.read(folder).remarks()::toString);
  }

  @Test
  void aLedgerThatDoesNotBalanceIsRemarked() throws IOException {
    RunOnDisk.write(folder, 10);
    Path json = folder.resolve(RunSummary.FILE);
    Files.writeString(json, Files.readString(json).replace("\"unknown\":5", "\"unknown\":4"));
    RecordedRun run = RecordedRun.read(folder);
    assertTrue(
        run.remarks().contains("run.json does not balance: 1 more sent than have a fate"),
        run.remarks()::toString);
  }

  @Test
  void whatIsNotARunIsToldWithWhatToDo() throws IOException {
    assertRefused(folder.resolve("none"), "there is no such folder; give one");
    assertRefused(folder, "is not the folder of a run", "run.json", "give one");
    Path file = Files.createFile(folder.resolve("file"));
    assertRefused(file, "is a file; give the folder");
  }

  @Test
  void anotherFormatIsTold() throws IOException {
    Path json = folder.resolve(RunSummary.FILE);
    Files.writeString(json, "{\"format\":2,\"version\":\"9.1\"}");
    assertRefused(folder, "has format 2", "reads format 1", "use the version that wrote it, 9.1");
    Files.writeString(json, "{}");
    assertRefused(folder, "has no \"format\"");
    Files.writeString(json, "{\"format\":1}");
    assertRefused(folder, "has no \"totals\"");
    Files.writeString(json, "{\"format\":1,\"totals\":[");
    assertRefused(folder, "is not the summary of a run", "move it away");
  }

  @Test
  void damageInTheMiddleIsToldWithItsLine() throws IOException {
    RunOnDisk.write(folder, 10);
    Path series = folder.resolve(RunSecond.FILE);
    Files.writeString(series, Files.readString(series).replaceFirst("\n\\{", "\n{{"));
    assertRefused(folder, "series.ndjson line 2: is not a second of a run");
    RunOnDisk.write(folder, 10);
    Path log = folder.resolve(LatencyLog.FILE);
    Files.writeString(log, Files.readString(log).replaceFirst("HIST", "HISS"));
    assertRefused(folder, "latency.hlog line ", ": is not a histogram");
  }

  @Test
  void anEmptyRunIsTold() throws IOException {
    Files.createFile(folder.resolve(RunSecond.FILE));
    assertRefused(folder, "is an empty run", "run it again");
    String summary =
        new String(
            RunSummary.JSON.encode(RunOnDisk.invalid(RunOnDisk.summary(1), "Kafka was away")),
            StandardCharsets.UTF_8);
    Files.writeString(
        folder.resolve(RunSummary.FILE), summary.replace("\"sent\":10000", "\"sent\":0"));
    assertRefused(folder, "is an empty run", "(Kafka was away)", "run it again");
  }
}
