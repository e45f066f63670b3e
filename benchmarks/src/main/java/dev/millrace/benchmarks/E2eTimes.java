package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/// The end-to-end times of a run of the load generator, by the second in which a row came.
final class E2eTimes {
  private static final String TAG = "e2e";
  private static final double P99 = 99;

  private final List<Histogram> seconds;

  private E2eTimes(List<Histogram> seconds) {
    this.seconds = seconds;
  }

  /// @param run the run's folder
  static E2eTimes read(Path run) throws IOException {
    List<Histogram> seconds = new ArrayList<>();
    try (HistogramLogReader log =
        new HistogramLogReader(Files.newInputStream(run.resolve("latency.hlog")))) {
      while (log.hasNext()) {
        EncodableHistogram interval = log.nextIntervalHistogram();
        if (interval instanceof Histogram times && TAG.equals(times.getTag())) {
          seconds.add(times);
        }
      }
    }
    return new E2eTimes(seconds);
  }

  /// Of the seconds that began in `[fromMs, toMs)`, microseconds; null if nothing was measured.
  Double p99Us(long fromMs, long toMs) {
    Histogram all = new Histogram(3);
    seconds.stream()
        .filter(second -> second.getStartTimeStamp() >= fromMs)
        .filter(second -> second.getStartTimeStamp() < toMs)
        .forEach(all::add);
    return all.getTotalCount() == 0 ? null : (double) all.getValueAtPercentile(P99);
  }
}
