package dev.millrace.loadgen;

/// When the events of a run are due: evenly spaced, as a pure function of the time since its start.
/// What comes late is still due at its own time, so that lateness shows and is not forgotten.
///
/// @param ratePerS events a second
record Pace(double ratePerS) {
  private static final double NANOS_PER_S = 1e9;

  /// How many events are due once this much time has passed.
  long due(long elapsedNanos) {
    return (long) (elapsedNanos * ratePerS / NANOS_PER_S) + 1;
  }

  /// When an event is due, in nanoseconds since the start.
  ///
  /// @param index the event's place in the run, from 0
  long dueNanos(long index) {
    return (long) Math.ceil(index * NANOS_PER_S / ratePerS);
  }

  /// How many events a run of this length has.
  long total(long durationNanos) {
    return (long) Math.ceil(durationNanos * ratePerS / NANOS_PER_S);
  }
}
