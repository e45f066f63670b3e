package dev.millrace.loadgen;

/// As fast as the target takes it: everything is due at once, until the time is over.
///
/// @param lengthNanos how long
record MaxSchedule(long lengthNanos) implements Schedule {
  @Override
  public long dueNanos(long index) {
    return 0;
  }

  @Override
  public long due(long elapsedNanos) {
    return elapsedNanos < 0 ? 0 : NEVER;
  }

  @Override
  public boolean isPaced() {
    return false;
  }
}
