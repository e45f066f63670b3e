package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;

/// Adds up the windows of one series. Percentiles come from merged histograms: the average of
/// percentiles is the percentile of nothing.
final class TotalsBuilder {
  private final Series series;
  private final LatencySketch sketch = new LatencySketch();
  private long requests;
  private long errors;
  private long clientErrors;
  private long bytes;
  private double durationSumUs;
  private double durationMaxUs;

  TotalsBuilder(Series series) {
    this.series = series;
  }

  Series series() {
    return series;
  }

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

  SeriesTotals totals() {
    return new SeriesTotals(
        series,
        requests,
        errors,
        clientErrors,
        bytes,
        sketch.count() == 0 ? null : sketch.stats(durationSumUs, (long) durationMaxUs));
  }
}
