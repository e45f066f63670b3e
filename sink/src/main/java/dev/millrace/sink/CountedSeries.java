package dev.millrace.sink;

import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.Series;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.NativeHistogramBuckets;
import java.util.Arrays;

/// The counters of one series, and their histogram as Prometheus has it. Not thread-safe.
final class CountedSeries {
  /// Upper bounds of classic buckets, in seconds.
  private static final double[] BOUNDS = {
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    60,
    Double.POSITIVE_INFINITY
  };

  private static final double US_PER_S = 1e6;

  /// From a bucket of microseconds to one of seconds is a division by 10^6, which is 1275.62
  /// buckets: the bounds fall between those of Prometheus. Each bucket becomes the one that most of
  /// it lies in, which makes values smaller by 0.41 %.
  private static final int BUCKETS_PER_US_TO_S =
      (int) Math.round(Math.log(US_PER_S) / Math.log(2) * (1 << LatencySketch.SCALE));

  /// Prometheus's bucket i ends where OpenTelemetry's bucket i begins.
  private static final int INDEX_OF_UPPER_BOUND = 1;

  /// What Prometheus's own clients have: without one, a histogram of nothing looks like a classic.
  private static final double ZERO_THRESHOLD = Math.pow(2, -128);

  private final long createdMs;
  private final SeriesCounts counts = new SeriesCounts();

  /// @param createdMs when counting began, epoch milliseconds
  CountedSeries(long createdMs) {
    this.createdMs = createdMs;
  }

  void add(SeriesCounts more) {
    counts.add(more);
  }

  SeriesCounts counts() {
    return counts;
  }

  long createdMs() {
    return createdMs;
  }

  static Labels labels(Series series) {
    return Labels.of("service", series.service(), "route", series.route());
  }

  /// All durations, in seconds, in classic and in native buckets.
  HistogramDataPointSnapshot histogram(Series series) {
    ExponentialHistogram durations = counts.durations().histogram();
    return HistogramDataPointSnapshot.builder()
        .labels(labels(series))
        .createdTimestampMillis(createdMs)
        .sum(counts.durationSumUs() / US_PER_S)
        .classicHistogramBuckets(classic(durations))
        .nativeSchema(LatencySketch.SCALE)
        .nativeZeroThreshold(ZERO_THRESHOLD)
        .nativeZeroCount(durations.zeroCount())
        .nativeBucketsForPositiveValues(natively(durations))
        .build();
  }

  private static NativeHistogramBuckets natively(ExponentialHistogram durations) {
    long[] all = durations.bucketCounts();
    int filled = (int) Arrays.stream(all).filter(count -> count > 0).count();
    int[] indexes = new int[filled];
    long[] counts = new long[filled];
    int at = 0;
    for (int i = 0; i < all.length; i++) {
      if (all[i] > 0) {
        indexes[at] = durations.offset() + i - BUCKETS_PER_US_TO_S + INDEX_OF_UPPER_BOUND;
        counts[at++] = all[i];
      }
    }
    return NativeHistogramBuckets.of(indexes, counts);
  }

  /// A bucket belongs where its middle is.
  private static ClassicHistogramBuckets classic(ExponentialHistogram durations) {
    long[] counts = new long[BOUNDS.length];
    counts[0] = durations.zeroCount();
    int bound = 0;
    for (int i = 0; i < durations.bucketCounts().length; i++) {
      double middle =
          Math.pow(2, (durations.offset() + i + 0.5) / (1 << LatencySketch.SCALE)) / US_PER_S;
      while (middle > BOUNDS[bound]) {
        bound++;
      }
      counts[bound] += durations.bucketCounts()[i];
    }
    return ClassicHistogramBuckets.of(BOUNDS, counts);
  }
}
