package dev.millrace.sink;

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
  private final RowTotals rows = new RowTotals();
  private final Map<WindowSize, Long> windows = new EnumMap<>(WindowSize.class);

  SpanTotals(Key key) {
    this.key = key;
  }

  /// @throws IllegalArgumentException if its histogram is coarser than all others
  void add(WindowSummary row) {
    windows.merge(WindowSize.ofMs(row.windowSizeMs()), 1L, Long::sum);
    rows.add(row);
  }

  /// What this is about.
  public Key key() {
    return key;
  }

  /// How many requests there were.
  public long requests() {
    return rows.requests();
  }

  /// Of these, with status 500 and above.
  public long errors() {
    return rows.errors();
  }

  /// Of these, with status 400 to 499.
  public long clientErrors() {
    return rows.clientErrors();
  }

  /// Sum of the answers' sizes.
  public long bytes() {
    return rows.bytes();
  }

  /// How many of the requests carried a duration.
  public long durations() {
    return rows.durations();
  }

  /// The exact mean in microseconds; NaN if no request carried a duration.
  public double meanUs() {
    return rows.meanUs();
  }

  /// The exact maximum in microseconds; NaN if no request carried a duration.
  public double maxUs() {
    return rows.maxUs();
  }

  /// The nearest-rank quantile in microseconds, within [LatencySketch#RELATIVE_ERROR] of the exact
  /// one; NaN if no request carried a duration.
  ///
  /// @param quantile 0 to 1
  public double quantileUs(double quantile) {
    return rows.quantileUs(quantile);
  }

  /// How many rows of each size were put together.
  public Map<WindowSize, Long> windows() {
    return Collections.unmodifiableMap(windows);
  }
}
