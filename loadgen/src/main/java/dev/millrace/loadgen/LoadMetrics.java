package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.util.Optional;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/// Counts of a run, readable while it goes on. The equation that holds at its end, for events and
/// for rejected lines alike: sent = acknowledged + failed + unknown.
public final class LoadMetrics {
  /// How many of one kind, by fate.
  static final class Tally {
    private final LongAdder sent = new LongAdder();
    private final LongAdder acknowledged = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder unknown = new LongAdder();

    void sent() {
      sent.increment();
    }

    void settled(Ledger.Fate fate) {
      switch (fate) {
        case ACKNOWLEDGED -> acknowledged.increment();
        case FAILED -> failed.increment();
        case UNKNOWN -> unknown.increment();
      }
    }

    private LedgerTotals totals() {
      // Fates first: what is sent in between makes sent larger, never smaller than its parts.
      long a = acknowledged.sum();
      long f = failed.sum();
      long u = unknown.sum();
      return new LedgerTotals(sent.sum(), a, f, u);
    }
  }

  final Tally events = new Tally();
  final Tally rejects = new Tally();
  final LongAccumulator maxBehindNanos = new LongAccumulator(Math::max, 0);
  volatile Exception lastFailure;

  LoadMetrics() {}

  /// Events handed to the client so far, and their fates.
  public LedgerTotals totals() {
    return events.totals();
  }

  /// Lines of a log that are no event, sent to the dead letter queue, and their fates.
  public LedgerTotals rejects() {
    return rejects.totals();
  }

  /// The newest reason why something was not acknowledged, if anything was not.
  public Optional<Exception> lastFailure() {
    return Optional.ofNullable(lastFailure);
  }

  /// The most that any event was handed over after it was due, in nanoseconds.
  public long maxBehindNanos() {
    return maxBehindNanos.get();
  }
}
