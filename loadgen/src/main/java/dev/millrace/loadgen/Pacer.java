package dev.millrace.loadgen;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for the time at which an event is due: asleep as long as that is good enough, awake for
/// the last bit only where that costs little.
///
/// The operating system wakes a thread some 60 to 100 µs late. Spinning makes up for it, but keeps
/// a core busy that the target may need. So it is done only before events that are far enough
/// apart; between others a sleep brings several events that are due together, most of them by some
/// tenth of a millisecond late, and more where the thread has to wait for a core.
final class Pacer {
  /// How much too late a sleep may end.
  static final long OVERSLEEP_NANOS = 80_000;

  /// With gaps of at least this, spinning takes at most 4 % of a core.
  static final long SPIN_FROM_GAP_NANOS = 25 * OVERSLEEP_NANOS;

  /// A shorter sleep would end no sooner.
  static final long MIN_SLEEP_NANOS = 50_000;

  /// A stop must not wait for an event that is due in an hour.
  static final long MAX_SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /// What [#sleepNanos] answers where there is nothing for it but to spin.
  static final long SPIN = 0;

  private Pacer() {}

  /// How long to sleep next.
  ///
  /// @param untilDueNanos until the next event is due, above 0
  /// @param gapNanos between that one and the one before
  /// @return nanoseconds, or [#SPIN]
  static long sleepNanos(long untilDueNanos, long gapNanos) {
    if (gapNanos < SPIN_FROM_GAP_NANOS) {
      return Math.clamp(untilDueNanos, MIN_SLEEP_NANOS, MAX_SLEEP_NANOS);
    }
    return untilDueNanos <= OVERSLEEP_NANOS
        ? SPIN
        : Math.min(untilDueNanos - OVERSLEEP_NANOS, MAX_SLEEP_NANOS);
  }

  /// Sleeps or spins once; the caller looks at the clock and asks again.
  static void await(long untilDueNanos, long gapNanos) {
    long sleep = sleepNanos(untilDueNanos, gapNanos);
    if (sleep == SPIN) {
      Thread.onSpinWait();
    } else {
      LockSupport.parkNanos(sleep);
    }
  }
}
