package dev.millrace.sink;

import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.LatencySketch;

/// A histogram in as few buckets as can be told apart on a screen: [#PER_DOUBLING] to each doubling
/// in place of 64. The buckets are unions of whole ones, so that counts stay exact. Downscaling as
/// in the OpenTelemetry data model, section ExponentialHistogram.
///
/// Not thread-safe.
final class HeatColumn {
  /// A bucket's bounds are 19 % apart.
  static final int PER_DOUBLING = 4;

  private static final int SHIFT =
      LatencySketch.SCALE - Integer.numberOfTrailingZeros(PER_DOUBLING);

  /// Of the bucket whose upper bound is 1 µs; shorter ones are counted there.
  private static final int LOWEST = -1;

  /// Durations are at most 2^40 µs.
  private static final int BUCKETS = 40 * PER_DOUBLING - LOWEST;

  private final long[] counts = new long[BUCKETS];

  /// Adds what a window has counted; nothing for null.
  void add(ExponentialHistogram histogram) {
    if (histogram == null) {
      return;
    }
    counts[0] += histogram.zeroCount();
    long[] fine = histogram.bucketCounts();
    for (int i = 0; i < fine.length; i++) {
      int bucket = ((histogram.offset() + i) >> SHIFT) - LOWEST;
      counts[Math.clamp(bucket, 0, BUCKETS - 1)] += fine[i];
    }
  }

  /// As it travels to the page.
  ///
  /// @param start of the window, epoch milliseconds
  /// @return start, index of the first bucket, and the counts from there to the last that is not
  ///   empty. Bucket i counts durations in (2^(i/4), 2^((i+1)/4)] microseconds. Of no durations the
  ///   start alone.
  long[] line(long start) {
    int from = 0;
    while (from < BUCKETS && counts[from] == 0) {
      from++;
    }
    if (from == BUCKETS) {
      return new long[] {start};
    }
    int to = BUCKETS;
    while (counts[to - 1] == 0) {
      to--;
    }
    long[] line = new long[to - from + 2];
    line[0] = start;
    line[1] = (long) from + LOWEST;
    System.arraycopy(counts, from, line, 2, to - from);
    return line;
  }
}
