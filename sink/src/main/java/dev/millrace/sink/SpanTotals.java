package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;

/// What some series did in some span, all windows put together. Percentiles come from the merged
/// histograms: the average of percentiles is the percentile of nothing. Not thread-safe.
public final class SpanTotals {
  /// What an answer is about.
  ///
  /// @param service the service, or `*`
  /// @param route the route, or `*`
  /// @param minuteMs start of the minute; empty if it is about the whole span
  public record Key(String service, String route, OptionalLong minuteMs) {}

  private final Key key;
  private final LatencySketch sketch = new LatencySketch();
  private final Map<WindowSize, Long> windows = new EnumMap<>(WindowSize.class);
  private long requests;
  private long errors;
  private long clientErrors;
  private long bytes;
  private double durationSumUs;
  private double durationMaxUs;

  SpanTotals(Key key) {
    this.key = key;
  }

  /// @throws IllegalArgumentException if its histogram is coarser than all others
  void add(WindowSummary row) {
    windows.merge(WindowSize.ofMs(row.windowSizeMs()), 1L, Long::sum);
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

  /// What this is about.
  public Key key() {
    return key;
  }

  /// How many requests there were.
  public long requests() {
    return requests;
  }

  /// Of these, with status 500 and above.
  public long errors() {
    return errors;
  }

  /// Of these, with status 400 to 499.
  public long clientErrors() {
    return clientErrors;
  }

  /// Sum of the answers' sizes.
  public long bytes() {
    return bytes;
  }

  /// How many of the requests carried a duration.
  public long durations() {
    return sketch.count();
  }

  /// The exact mean in microseconds; NaN if no request carried a duration.
  public double meanUs() {
    return sketch.count() == 0 ? Double.NaN : durationSumUs / sketch.count();
  }

  /// The exact maximum in microseconds; NaN if no request carried a duration.
  public double maxUs() {
    return sketch.count() == 0 ? Double.NaN : durationMaxUs;
  }

  /// The nearest-rank quantile in microseconds, within [LatencySketch#RELATIVE_ERROR] of the exact
  /// one; NaN if no request carried a duration.
  ///
  /// @param quantile 0 to 1
  public double quantileUs(double quantile) {
    return sketch.count() == 0 ? Double.NaN : Math.min(sketch.quantile(quantile), durationMaxUs);
  }

  /// How many rows of each size were put together.
  public Map<WindowSize, Long> windows() {
    return Collections.unmodifiableMap(windows);
  }
}
