package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LedgerEntry;

/// What was sent of one series in one second, added up over ledgers, or over series for a rollup.
final class SentCell {
  long requests;
  long unknown;
  long errors;
  long clientErrors;
  long bytes;
  long durations;
  double durationSumUs;
  double durationMaxUs;

  /// How many ledgers have a line about it. Percentiles cannot be added.
  int lines;

  private DurationStats onlyDurations;

  void add(LedgerEntry entry) {
    lines++;
    requests += entry.requests();
    unknown += entry.unknown();
    errors += entry.errors();
    clientErrors += entry.clientErrors();
    bytes += entry.bytes();
    onlyDurations = entry.durationUs();
    if (entry.durationUs() != null) {
      durations += entry.durationUs().count();
      durationSumUs += entry.durationUs().mean() * entry.durationUs().count();
      durationMaxUs = Math.max(durationMaxUs, entry.durationUs().max());
    }
  }

  /// The exact percentiles; null if there are none, or they are several.
  DurationStats durationUs() {
    return lines == 1 ? onlyDurations : null;
  }
}
