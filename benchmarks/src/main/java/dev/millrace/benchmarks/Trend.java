package dev.millrace.benchmarks;

import java.util.Arrays;

/// The course of a quantity: its level, and the slope of its line after Theil and Sen, the median
/// of the slopes between each two samples. Up to 29 % of the samples may lie anywhere without
/// making the line steep (P. K. Sen, Estimates of the Regression Coefficient Based on Kendall's
/// Tau, 1968).
///
/// @param median of the values
/// @param slopePerS of the line; 0 if there are not two samples of different times
/// @param spanS from the first sample to the last
record Trend(double median, double slopePerS, double spanS) {

  /// @param seconds when each value was seen, in any order
  /// @param values as many, at least one
  static Trend of(double[] seconds, double[] values) {
    int count = values.length;
    double[] slopes = new double[count * (count - 1) / 2];
    int pairs = 0;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < i; j++) {
        if (seconds[i] != seconds[j]) {
          slopes[pairs++] = (values[i] - values[j]) / (seconds[i] - seconds[j]);
        }
      }
    }
    return new Trend(
        median(values),
        pairs == 0 ? 0 : median(Arrays.copyOf(slopes, pairs)),
        Arrays.stream(seconds).max().orElseThrow() - Arrays.stream(seconds).min().orElseThrow());
  }

  /// How much more it is at the end of the line than at its beginning.
  double growth() {
    return slopePerS * spanS;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2;
  }
}
