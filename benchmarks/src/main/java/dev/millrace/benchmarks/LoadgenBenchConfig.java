package dev.millrace.benchmarks;

import java.nio.file.Path;
import java.time.Duration;

/// What [LoadgenBench] is to measure.
///
/// @param events that each contestant sends in a round
/// @param rounds how often each has its turn
/// @param pacedPerS the rate at which keeping a schedule is measured
/// @param paced for how long that is
/// @param data folder for the data, which is deleted at the end
public record LoadgenBenchConfig(
    long events, int rounds, double pacedPerS, Duration paced, Path data) {
  /// @throws IllegalArgumentException naming option, value and range
  public LoadgenBenchConfig {
    if (events < 1_000 || events > 1_000_000_000) {
      throw new IllegalArgumentException("--events " + events + ": must be 1k to 1000m");
    }
    if (rounds < 1 || rounds > 100) {
      throw new IllegalArgumentException("--rounds " + rounds + ": must be 1 to 100");
    }
    if (!(pacedPerS >= 1 && pacedPerS <= 10_000_000)) {
      throw new IllegalArgumentException("--rate " + pacedPerS + ": must be 1 to 10m a second");
    }
    if (paced.compareTo(Duration.ofSeconds(2)) < 0 || paced.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("--duration " + paced.toSeconds() + "s: must be 2s to 1h");
    }
  }

  double pacedSeconds() {
    return paced.toMillis() / 1e3;
  }
}
