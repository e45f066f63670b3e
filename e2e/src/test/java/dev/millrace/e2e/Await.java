package dev.millrace.e2e;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits for conditions.
final class Await {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long PAUSE_NANOS = 10_000_000;

  private Await() {}

  /// Asks again and again until the answer is yes.
  ///
  /// @param state what to say if that takes too long
  static void until(BooleanSupplier condition, Supplier<String> state) {
    until(PATIENCE, condition, state);
  }

  /// The same for what takes longer.
  static void until(Duration patience, BooleanSupplier condition, Supplier<String> state) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("after " + patience.toSeconds() + " s: " + state.get());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
