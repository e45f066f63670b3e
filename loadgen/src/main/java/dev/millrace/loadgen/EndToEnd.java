package dev.millrace.loadgen;

import java.time.Duration;

/// Whether a sample of a run's events is looked for in the rows of their windows; if so, which
/// events, and for how long.
///
/// @param measured whether any are
/// @param warmUp events due before that are not
/// @param coolDown nor those due in so much of the end: their windows close because load has ended,
///   and not because of what comes after them
/// @param linger how long the last rows are waited for once all is sent
public record EndToEnd(boolean measured, Duration warmUp, Duration coolDown, Duration linger) {
  /// Windows of the last events come when nothing has come for a while.
  static final Duration LINGER = Duration.ofSeconds(8);

  /// None is looked for.
  public static final EndToEnd NONE = new EndToEnd(false, Duration.ZERO, Duration.ZERO, LINGER);

  /// Events of the whole run are.
  public static final EndToEnd ALL = new EndToEnd(true, Duration.ZERO, Duration.ZERO, LINGER);

  /// Whether an event is of those that are looked for.
  ///
  /// @param dueNanos when it is due, since the start
  /// @param lengthNanos of the run
  boolean covers(long dueNanos, long lengthNanos) {
    return measured && dueNanos >= warmUp.toNanos() && dueNanos < lengthNanos - coolDown.toNanos();
  }
}
