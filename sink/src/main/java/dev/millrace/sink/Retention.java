package dev.millrace.sink;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/// Deletes the rows of windows that are older than they are to be kept, by the clock and the start
/// of the window: some at a time, between two polls, so that what comes is not held up. As many at
/// a time as a poll brings, so that a backlog of old windows is deleted as fast as it is written.
final class Retention {
  /// Rows deleted in one transaction.
  static final int BATCH = 5_000;

  /// How often to look, when nothing was left the last time.
  private static final Duration EVERY = Duration.ofSeconds(3);

  private final Optional<Duration> keep;
  private final Clock clock;
  private long nextMs;

  /// @param keep empty for ever
  Retention(Optional<Duration> keep, Clock clock) {
    this.keep = keep;
    this.clock = clock;
  }

  /// Whether there may be something to delete.
  boolean isDue() {
    return keep.isPresent() && clock.millis() >= nextMs;
  }

  /// Deletes a batch, if it is time.
  void prune(WindowStore store) {
    if (isDue()) {
      long now = clock.millis();
      int deleted = store.deleteBefore(now - keep.get().toMillis(), BATCH);
      nextMs = deleted < BATCH ? now + EVERY.toMillis() : now;
    }
  }
}
