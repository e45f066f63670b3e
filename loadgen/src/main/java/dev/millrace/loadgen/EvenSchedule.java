package dev.millrace.loadgen;

/// Events as evenly spaced as the rate allows, which may change all the time.
///
/// @param curve the rate over time
record EvenSchedule(RateCurve curve) implements Schedule {
  @Override
  public long dueNanos(long index) {
    return index < curve.total() ? (long) Math.ceil(curve.nanosOf(index)) : NEVER;
  }

  /// The curve's answer, corrected to be the exact inverse of [#dueNanos(long)], whatever floating
  /// point has made of it.
  @Override
  public long due(long elapsedNanos) {
    if (elapsedNanos < 0) {
      return 0;
    }
    long due = (long) curve.eventsAt(elapsedNanos);
    while (dueNanos(due) <= elapsedNanos) {
      due++;
    }
    while (due > 0 && dueNanos(due - 1) > elapsedNanos) {
      due--;
    }
    return due;
  }

  @Override
  public long lengthNanos() {
    return curve.lengthNanos();
  }
}
