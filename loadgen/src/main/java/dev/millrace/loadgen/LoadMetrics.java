package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/// Counts of a run, readable while it goes on. The equation that holds at its end: sent =
/// acknowledged + rejected + failed + unknown.
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
  private volatile long maxBehindNanos;
  volatile Exception lastFailure;

  LoadMetrics() {}

  /// An event was handed over this long after it was due. For the sender's thread alone.
  void behind(long nanos) {
    if (nanos > maxBehindNanos) {
      maxBehindNanos = nanos;
    }
  }

  /// Everything so far, and its fates. What is no event is rejected, whether or not the fate of its
  /// record is known: no row may count it either way.
  public LedgerTotals totals() {
    LedgerTotals valid = events.totals();
    LedgerTotals invalid = rejects.totals();
    return new LedgerTotals(
        valid.sent() + invalid.sent(),
        valid.acknowledged(),
        invalid.acknowledged() + invalid.unknown(),
        valid.failed() + invalid.failed(),
        valid.unknown());
  }

  /// Records so far, events or not, and what Kafka made of them.
  public LedgerTotals records() {
    return events.totals().plus(rejects.totals());
  }

  /// Of these, the records that are no event: lines of a log that do not parse, which go to the
  /// dead letter queue, and events that were made to be refused.
  public LedgerTotals rejects() {
    return rejects.totals();
  }

  /// The newest reason why something was not acknowledged, if anything was not.
  public Optional<Exception> lastFailure() {
    return Optional.ofNullable(lastFailure);
  }

  /// The most that any event was handed over after it was due, in nanoseconds.
  public long maxBehindNanos() {
    return maxBehindNanos;
  }
}
