package dev.millrace.benchmarks;

import java.nio.file.Path;
import java.time.Duration;

/// What [StartBench] is to measure.
///
/// @param launcher the script that starts commands
/// @param rounds how often each command is started with and without AOT cache, in turn
/// @param idle how long a command is left alone until its memory is looked at
/// @param load how long events are sent until memory is looked at under load
/// @param ratePerS how many of them a second
/// @param data folder for the data, which is deleted at the end
public record StartBenchConfig(
    Path launcher, int rounds, Duration idle, Duration load, double ratePerS, Path data) {
  private static final Duration MOST = Duration.ofHours(1);

  /// @throws IllegalArgumentException naming option, value and range
  public StartBenchConfig {
    if (rounds < 1 || rounds > 100) {
      throw new IllegalArgumentException("--rounds " + rounds + ": must be 1 to 100");
    }
    require("--idle", idle, Duration.ZERO);
    require("--load", load, Duration.ofSeconds(2));
    if (!(ratePerS >= 1 && ratePerS <= 10_000_000)) {
      throw new IllegalArgumentException("--rate " + ratePerS + ": must be 1 to 10m");
    }
  }

  private static void require(String option, Duration value, Duration least) {
    if (value.compareTo(least) < 0 || value.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          option + " " + value.toMillis() + "ms: must be " + least.toSeconds() + "s to 1h");
    }
  }
}
