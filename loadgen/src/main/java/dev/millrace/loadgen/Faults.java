package dev.millrace.loadgen;

import java.time.Duration;

/// What is wrong with some of the events. Shares are 0 to 1, together at most 1; an event has at
/// most one fault.
///
/// @param outOfOrder share that is somewhat older than the events around it
/// @param outOfOrderBy the most that these are older
/// @param late share that comes long after its time
/// @param lateBy how much older these are
/// @param duplicates share that is the event before once more, byte by byte
/// @param malformed share that is no event: not JSON, cut off, a field missing or mistyped
/// @param oversized share that is longer than the contract allows
public record Faults(
    double outOfOrder,
    Duration outOfOrderBy,
    double late,
    Duration lateBy,
    double duplicates,
    double malformed,
    double oversized) {
  /// Seconds stay open in the ledger for as long as events for them may come.
  private static final Duration MAX_AGE = Duration.ofMinutes(2);

  /// Nothing is wrong.
  public static final Faults NONE =
      new Faults(0, Duration.ofMillis(500), 0, Duration.ofSeconds(5), 0, 0, 0);

  /// @throws IllegalArgumentException naming setting, value and range
  public Faults {
    double sum = outOfOrder + late + duplicates + malformed + oversized;
    if (sum > 1 + 1e-9) {
      throw new IllegalArgumentException(
          "out-of-order, late, duplicates, malformed and oversized: must be at most 100% together");
    }
    requireAge(outOfOrderBy);
    requireAge(lateBy);
  }

  private static void requireAge(Duration by) {
    if (by.toMillis() < 1 || by.compareTo(MAX_AGE) > 0) {
      throw new IllegalArgumentException("by " + Quantity.text(by) + ": must be 1ms to 2m");
    }
  }

  boolean isNone() {
    return outOfOrder + late + duplicates + malformed + oversized == 0;
  }

  /// The most that an event is older than the time at which it is due, in milliseconds.
  long maxAgeMs() {
    return Math.max(outOfOrder > 0 ? outOfOrderBy.toMillis() : 0, late > 0 ? lateBy.toMillis() : 0);
  }
}
