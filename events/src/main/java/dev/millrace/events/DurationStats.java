package dev.millrace.events;

/// How long requests took, in microseconds. Percentiles are nearest-rank: the smallest value such
/// that at least that share of all values is no larger.
///
/// @param count how many requests carried a duration, at least 1
/// @param mean the arithmetic mean
/// @param p50 the median
/// @param p90 90 % of requests were no slower
/// @param p95 95 % of requests were no slower
/// @param p99 99 % of requests were no slower
/// @param p999 99.9 % of requests were no slower
/// @param max the slowest request
public record DurationStats(
    long count,
    double mean,
    double p50,
    double p90,
    double p95,
    double p99,
    double p999,
    double max) {

  /// Where the value of a nearest-rank percentile stands among `count` sorted values.
  ///
  /// @param quantile 0 to 1
  /// @return 1 to `count`
  public static long rank(double quantile, long count) {
    // 0.999 * 1000 is 999.0000000000001 in binary: without the small step back it would be rank
    // 1000.
    double exact = quantile * count;
    return Math.clamp((long) Math.ceil(exact - 1e-9 * Math.max(1, exact)), 1, count);
  }
}
