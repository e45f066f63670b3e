package dev.millrace.loadgen;

/// When the events of a run are due, as a pure function of the time since its start: whatever the
/// target does, and however late the sender is, an event is still due at its own time, so that
/// lateness shows and is not forgotten.
///
/// Not thread-safe; each thread has its own.
public sealed interface Schedule permits EvenSchedule, PoissonSchedule, MaxSchedule {
  /// What [#dueNanos(long)] says of an event that is not part of the run any more.
  long NEVER = Long.MAX_VALUE;

  /// When an event is due, in nanoseconds since the start; never less than for the one before it.
  ///
  /// @param index the event's place in the run, from 0
  /// @return [#NEVER] if the run is over before
  long dueNanos(long index);

  /// How many events are due once this much time has passed: those for which [#dueNanos(long)] is
  /// not larger.
  long due(long elapsedNanos);

  /// How long the run is.
  long lengthNanos();

  /// Whether there is a schedule at all, and not just as much as the target takes.
  default boolean isPaced() {
    return true;
  }
}
