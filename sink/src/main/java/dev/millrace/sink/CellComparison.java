package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.WindowSummary;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/// Compares one cell of the ledgers with its row. Events whose fate is not known may or may not be
/// in the row: they widen what is allowed upwards.
final class CellComparison {
  /// Sums of floating-point numbers differ in their last digits by the order of adding.
  static final double MEAN_ERROR = 1e-6;

  /// What the design promises of every percentile.
  static final double PERCENTILE_ERROR = 0.01;

  private final SentCell sent;
  private final boolean whole;
  private final List<String> differences = new ArrayList<>();

  private CellComparison(SentCell sent, boolean whole) {
    this.sent = sent;
    this.whole = whole;
  }

  /// @param whole whether `sent` is all that was sent, or there may be more
  /// @return what differs, in words
  static List<String> differences(SentCell sent, boolean whole, WindowSummary row) {
    CellComparison comparison = new CellComparison(sent, whole);
    comparison.counts(row);
    comparison.durations(row.durationUs());
    return comparison.differences;
  }

  private boolean isExact() {
    return whole && sent.unknown == 0;
  }

  private void counts(WindowSummary row) {
    count("requests", sent.requests, row.requests());
    count("errors", sent.errors, row.errors());
    count("client errors", sent.clientErrors, row.clientErrors());
    boolean enough = isExact() ? row.bytes() == sent.bytes : row.bytes() >= sent.bytes;
    if (!enough) {
      differ("bytes", (isExact() ? "" : "at least ") + sent.bytes, String.valueOf(row.bytes()));
    }
  }

  private void count(String field, long least, long found) {
    if (found < least || (whole && found > least + sent.unknown)) {
      String expected =
          !whole
              ? "at least " + least
              : sent.unknown == 0 ? String.valueOf(least) : least + " to " + (least + sent.unknown);
      differ(field, expected, String.valueOf(found));
    }
  }

  private void durations(DurationStats found) {
    count("durations", sent.durations, found == null ? 0 : found.count());
    if (found == null || sent.durations == 0) {
      return;
    }
    double max = sent.durationMaxUs;
    if (isExact() ? found.max() != max : found.max() < max) {
      differ("max", (isExact() ? "" : "at least ") + number(max), number(found.max()));
    }
    if (isExact()) {
      near("mean", sent.durationSumUs / sent.durations, found.mean(), MEAN_ERROR);
    }
    DurationStats exact = sent.durationUs();
    if (isExact() && exact != null) {
      near("p50", exact.p50(), found.p50(), PERCENTILE_ERROR);
      near("p90", exact.p90(), found.p90(), PERCENTILE_ERROR);
      near("p95", exact.p95(), found.p95(), PERCENTILE_ERROR);
      near("p99", exact.p99(), found.p99(), PERCENTILE_ERROR);
      near("p999", exact.p999(), found.p999(), PERCENTILE_ERROR);
    }
  }

  private void near(String field, double expected, double found, double allowed) {
    // Written so that NaN is a difference.
    if (!(Math.abs(found - expected) <= allowed * expected)) {
      differ(field, number(expected), number(found));
    }
  }

  private void differ(String field, String expected, String found) {
    differences.add(field + " " + expected + " sent, " + found + " in database");
  }

  private static String number(double value) {
    return Double.isFinite(value)
        ? BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()
        : String.valueOf(value);
  }
}
