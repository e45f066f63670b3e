package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;

/// Adds up windows. Percentiles come from merged histograms: the average of percentiles is the
/// percentile of nothing. Not thread-safe.
final class RowTotals {
  private final LatencySketch sketch = new LatencySketch();
  private long requests;
  private long errors;
  private long clientErrors;
  private long bytes;
  private double durationSumUs;
  private double durationMaxUs;

  /// @throws IllegalArgumentException if its histogram is coarser than all others
  void add(WindowSummary row) {
    requests += row.requests();
    errors += row.errors();
    clientErrors += row.clientErrors();
    bytes += row.bytes();
    DurationStats duration = row.durationUs();
    if (duration != null) {
      sketch.merge(new LatencySketch(row.histogram()));
      durationSumUs += duration.mean() * duration.count();
      durationMaxUs = Math.max(durationMaxUs, duration.max());
    }
  }

  long requests() {
    return requests;
  }

  long errors() {
    return errors;
  }

  long clientErrors() {
    return clientErrors;
  }

  long bytes() {
    return bytes;
  }

  /// How many of the requests carried a duration.
  long durations() {
    return sketch.count();
  }

  /// The exact mean in microseconds; NaN if no request carried a duration.
  double meanUs() {
    return sketch.count() == 0 ? Double.NaN : durationSumUs / sketch.count();
  }

  /// The exact maximum in microseconds; NaN if no request carried a duration.
  double maxUs() {
    return sketch.count() == 0 ? Double.NaN : durationMaxUs;
  }

  /// The nearest-rank quantile in microseconds; NaN if no request carried a duration.
  ///
  /// @param quantile 0 to 1
  double quantileUs(double quantile) {
    return sketch.count() == 0 ? Double.NaN : Math.min(sketch.quantile(quantile), durationMaxUs);
  }

  /// All of it, as what a series did.
  SeriesTotals of(Series series) {
    return new SeriesTotals(
        series,
        requests,
        errors,
        clientErrors,
        bytes,
        sketch.count() == 0 ? null : sketch.stats(durationSumUs, (long) durationMaxUs));
  }
}
