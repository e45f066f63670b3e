package dev.millrace.sink;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import java.util.Arrays;

/// How long after its end a second was in the store: what the whole pipeline takes. The row of
/// everything counts, once a second, when it comes for the first time.
final class WindowDelays {
  private static final double MS_PER_S = 1e3;

  /// Upper bounds, seconds; a second of them is the allowed disorder, usually.
  private static final double[] BOUNDS_S = {
    0.5, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 10, 30, 60, 300, 1_800, Double.POSITIVE_INFINITY
  };

  private final long[] counts = new long[BOUNDS_S.length];
  private double sum;

  /// @param now epoch milliseconds
  void add(WindowSummary row, long now) {
    if (!row.series().equals(Series.TOTAL) || row.revision() > 0) {
      return;
    }
    double delay = Math.max(0, now - row.windowStart() - row.windowSizeMs()) / MS_PER_S;
    int bucket = 0;
    while (delay > BOUNDS_S[bucket]) {
      bucket++;
    }
    counts[bucket]++;
    sum += delay;
  }

  HistogramSnapshot snapshot(String name, String help) {
    return HistogramSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(
            HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(
                    ClassicHistogramBuckets.of(
                        BOUNDS_S, Arrays.stream(counts).boxed().toArray(Number[]::new)))
                .sum(sum)
                .build())
        .build();
  }
}
