package dev.millrace.loadgen;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;

/// The exact figures of one series in one second, while they still grow. The sender announces, and
/// nobody but it; whoever learns of fates settles.
final class LedgerCell {
  private final long second;
  private final Series series;

  /// Written by the sender alone, and read by others only once it has gone on to later seconds.
  private long announced;

  private long settled;
  private long requests;
  private long unknown;
  private long errors;
  private long clientErrors;
  private long bytes;
  private final DurationList durations = new DurationList();

  LedgerCell(long second, Series series) {
    this.second = second;
    this.series = series;
  }

  /// An event is about to be sent.
  void announce() {
    announced++;
  }

  /// What became of one.
  ///
  /// @param durationUs -1 if it has none
  synchronized void settle(Ledger.Fate fate, int status, long durationUs, long bytesOfAnswer) {
    settled++;
    switch (fate) {
      case ACKNOWLEDGED -> count(status, durationUs, bytesOfAnswer);
      case UNKNOWN -> unknown++;
      case FAILED -> {}
    }
  }

  void count(RequestEvent event) {
    count(event.status(), event.durationUs().orElse(-1), event.bytes());
  }

  private void count(int status, long durationUs, long bytesOfAnswer) {
    requests++;
    errors += RequestEvent.isError(status) ? 1 : 0;
    clientErrors += RequestEvent.isClientError(status) ? 1 : 0;
    bytes += bytesOfAnswer;
    if (durationUs >= 0) {
      durations.add(durationUs);
    }
  }

  synchronized boolean isSettled() {
    return settled == announced;
  }

  /// Nobody will tell any more what became of the others.
  synchronized void giveUp() {
    unknown += announced - settled;
    settled = announced;
  }

  synchronized boolean isEmpty() {
    return requests == 0 && unknown == 0;
  }

  synchronized LedgerEntry entry() {
    return new LedgerEntry(
        second,
        series.service(),
        series.route(),
        requests,
        unknown,
        errors,
        clientErrors,
        bytes,
        durations.stats());
  }
}
