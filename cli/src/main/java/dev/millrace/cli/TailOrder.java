package dev.millrace.cli;

import dev.millrace.events.WindowSummary;
import java.util.Comparator;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// What the series in a tail are sorted by, the highest first.
@SuppressWarnings("ImmutableEnumChecker") // the functions hold nothing
enum TailOrder {
  /// Requests a second.
  RATE(row -> row.requests()),
  /// Requests with status 500 and above.
  ERRORS(row -> row.errors()),
  /// The 99th percentile; without a duration last.
  P99(row -> row.durationUs() == null ? -1 : row.durationUs().p99());

  private final ToDoubleFunction<WindowSummary> figure;

  TailOrder(ToDoubleFunction<WindowSummary> figure) {
    this.figure = figure;
  }

  /// Equal ones by their requests, then by their names, so that lines stay where they are.
  Comparator<WindowSummary> comparator() {
    return Comparator.comparingDouble(figure)
        .thenComparingLong(WindowSummary::requests)
        .reversed()
        .thenComparing(row -> row.series().key());
  }

  /// As users write it.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
