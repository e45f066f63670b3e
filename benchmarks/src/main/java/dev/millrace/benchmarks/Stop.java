package dev.millrace.benchmarks;

import java.util.function.BooleanSupplier;

/// Whether the user wants no more of it.
///
/// @param isAsked tells
record Stop(BooleanSupplier isAsked) {
  /// @throws BenchException if so
  void check() {
    if (isAsked.getAsBoolean()) {
      throw new BenchException("interrupted");
    }
  }

  /// Sleeps a little, and checks.
  void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
    check();
  }
}
