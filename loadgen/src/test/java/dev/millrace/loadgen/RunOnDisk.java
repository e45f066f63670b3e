package dev.millrace.loadgen;

import dev.millrace.loadgen.RunSummary.Latencies;
import dev.millrace.loadgen.RunSummary.Latency;
import dev.millrace.loadgen.RunSummary.Rate;
import dev.millrace.loadgen.RunSummary.Totals;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/// A run with known figures, written as the generator writes it. Ten seconds, the first two of them
/// warm-up; in each, 1,000 events whose acknowledgements took 1, 2, … 1,000 units. In the warm-up
/// they took a hundred times as long, which no figure may show.
final class RunOnDisk {
  static final int SECONDS = 10;
  static final int WARM_UP = 2;

  private static final long START_MS = 1_764_000_000_250L;

  private RunOnDisk() {}

  /// Writes all files of a valid run.
  ///
  /// @param unitUs a unit in microseconds
  static Path write(Path folder, int unitUs) throws IOException {
    Files.createDirectories(folder);
    Files.write(folder.resolve(RunSummary.FILE), RunSummary.JSON.encode(summary(unitUs)));
    writeLog(folder, unitUs, true);
    writeSeries(folder, unitUs);
    return folder;
  }

  static RunSummary summary(int unitUs) {
    Latency ack = latency(unitUs);
    return new RunSummary(
        RunSummary.FORMAT,
        "0.1.0",
        "2025-11-24T16:00:00Z",
        List.of("loadgen", "--rate", "1k"),
        Map.of("services", 20, "durations", Map.of("median", "5ms")),
        42,
        "kafka",
        null,
        1,
        "2 processors, Linux amd64",
        "25",
        "4.3.1",
        WARM_UP,
        SECONDS,
        SECONDS,
        new Totals(10_000, 9_970, 10, 15, 5),
        new Rate(1_000.0, 1_000, 997),
        new Latencies(ack, latency(1), latency(2_000)),
        true,
        List.of());
  }

  private static Latency latency(int unitUs) {
    return new Latency(
        8_000,
        500.5 * unitUs,
        500L * unitUs,
        900L * unitUs,
        950L * unitUs,
        990L * unitUs,
        999L * unitUs,
        1_000L * unitUs,
        1_000L * unitUs);
  }

  static RunSummary invalid(RunSummary of, String cause) {
    return new RunSummary(
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
        of.warmUpS(),
        of.durationS(),
        of.sendingS(),
        of.totals(),
        of.rate(),
        of.latencyUs(),
        false,
        List.of(cause));
  }

  /// @param relative whether times are counted from a base time, as most writers do, or since 1970
  static void writeLog(Path folder, int unitUs, boolean relative) throws IOException {
    try (PrintStream file =
        new PrintStream(folder.resolve(LatencyLog.FILE).toFile(), StandardCharsets.UTF_8)) {
      HistogramLogWriter log = new HistogramLogWriter(file);
      log.outputLogFormatVersion();
      log.outputStartTime(START_MS);
      if (relative) {
        log.setBaseTime(START_MS);
        log.outputBaseTime(START_MS);
      }
      log.outputLegend();
      for (int second = 0; second < SECONDS; second++) {
        int times = second < WARM_UP ? 100 : 1;
        interval(log, second, LatencyCourse.ACK, unitUs * times);
        interval(log, second, LatencyCourse.LATENESS, times);
        interval(log, second, LatencyCourse.E2E, 2_000 * times);
      }
    }
  }

  private static void interval(HistogramLogWriter log, int second, String tag, int unitUs) {
    Histogram values = new Histogram(3);
    for (int i = 1; i <= 1_000; i++) {
      values.recordValue((long) i * unitUs);
    }
    values.setTag(tag);
    values.setStartTimeStamp(START_MS + second * 1_000L);
    values.setEndTimeStamp(START_MS + (second + 1) * 1_000L);
    log.outputIntervalHistogram(values);
  }

  private static void writeSeries(Path folder, int unitUs) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int second = 0; second < SECONDS; second++) {
      lines
          .append(
              new String(
                  RunSecond.JSON.encode(
                      new RunSecond(
                          second,
                          1_000,
                          1_000,
                          997,
                          1,
                          second < 5 ? 2 : 1,
                          second < 5 ? 0 : 1,
                          500L * unitUs,
                          990L * unitUs,
                          990,
                          1_000,
                          0.25,
                          second < WARM_UP)),
                  StandardCharsets.UTF_8))
          .append('\n');
    }
    Files.writeString(folder.resolve(RunSecond.FILE), lines);
  }

  /// Takes bytes off the end of a file, as a kill does.
  static void tear(Path file, int bytes) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - bytes));
  }
}
