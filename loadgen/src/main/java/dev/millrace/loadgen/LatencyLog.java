package dev.millrace.loadgen;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/// The interval log of a run, in the format of HdrHistogram (version 1.3), which its reader and
/// other tools read: an interval a second, microseconds, tags `ack`, `lateness` and `e2e`.
final class LatencyLog implements Closeable {
  static final String FILE = "latency.hlog";

  /// Intervals without a value are left out, but for this one: it tells that the run went on.
  private static final String ALWAYS = "ack";

  private final CarefulOutput out;
  private final HistogramLogWriter log;

  /// @param startMs when the run started, epoch milliseconds
  LatencyLog(Path file, long startMs) throws IOException {
    out = new CarefulOutput(Files.newOutputStream(file));
    log = new HistogramLogWriter(out);
    log.outputComment("[Millrace; values are microseconds, Interval_Max too]");
    log.outputLogFormatVersion();
    log.outputStartTime(startMs);
    log.setBaseTime(startMs);
    log.outputLegend();
  }

  /// @param fromS start of the interval, seconds since the start
  /// @param toS end of the interval
  void write(double fromS, double toS, Histogram interval) throws IOException {
    if (interval.getTotalCount() > 0 || interval.getTag().equals(ALWAYS)) {
      log.outputIntervalHistogram(fromS, toS, interval, 1);
      // The writer's own stream keeps errors to itself.
      out.requireWell();
    }
  }

  @Override
  public void close() {
    log.close();
  }
}
