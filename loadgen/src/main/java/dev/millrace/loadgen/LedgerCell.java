package dev.millrace.loadgen;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LedgerEntry;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import java.util.Arrays;

/// The exact figures of one series in one second, while they still grow. Guarded by its [Ledger].
final class LedgerCell {
  final long second;
  final Series series;
  int pending;
  private long requests;
  private long unknown;
  private long errors;
  private long clientErrors;
  private long bytes;
  private long[] durationsUs = new long[16];
  private int durationCount;

  LedgerCell(long second, Series series) {
    this.second = second;
    this.series = series;
  }

  void count(RequestEvent event) {
    requests++;
    errors += event.isError() ? 1 : 0;
    clientErrors += event.isClientError() ? 1 : 0;
    bytes += event.bytes();
    if (event.durationUs().isPresent()) {
      if (durationCount == durationsUs.length) {
        durationsUs = Arrays.copyOf(durationsUs, durationCount * 2);
      }
      durationsUs[durationCount++] = event.durationUs().getAsLong();
    }
  }

  void countUnknown() {
    unknown++;
  }

  boolean isEmpty() {
    return requests == 0 && unknown == 0;
  }

  LedgerEntry entry() {
    return new LedgerEntry(
        second,
        series.service(),
        series.route(),
        requests,
        unknown,
        errors,
        clientErrors,
        bytes,
        durationCount == 0 ? null : exactStats());
  }

  private DurationStats exactStats() {
    long[] sorted = Arrays.copyOf(durationsUs, durationCount);
    Arrays.sort(sorted);
    double sum = 0;
    for (long durationUs : sorted) {
      sum += durationUs;
    }
    return new DurationStats(
        durationCount,
        sum / durationCount,
        percentile(sorted, 0.5),
        percentile(sorted, 0.9),
        percentile(sorted, 0.95),
        percentile(sorted, 0.99),
        percentile(sorted, 0.999),
        sorted[durationCount - 1]);
  }

  private static double percentile(long[] sorted, double quantile) {
    return sorted[(int) DurationStats.rank(quantile, sorted.length) - 1];
  }
}
