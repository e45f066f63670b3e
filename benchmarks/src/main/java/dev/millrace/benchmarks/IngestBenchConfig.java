package dev.millrace.benchmarks;

import java.nio.file.Path;
import java.time.Duration;

/// What [IngestBench] is to measure.
///
/// @param rounds how often each server has its turn
/// @param duration for how long each kind of load is measured; a third of it is warm-up before
/// @param connections at a time while each request has one event
/// @param idleConnections kept open and unused
/// @param starts how often the command is started; 0 leaves that out
/// @param data folder for the data, which is deleted at the end
public record IngestBenchConfig(
    int rounds, Duration duration, int connections, int idleConnections, int starts, Path data) {
  /// @throws IllegalArgumentException naming option, value and range
  public IngestBenchConfig {
    require("--rounds", rounds, 1, 100);
    if (duration.compareTo(Duration.ofSeconds(1)) < 0
        || duration.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "--duration " + duration.toMillis() + "ms: must be 1s to 1h");
    }
    require("--connections", connections, 1, 10_000);
    require("--idle-connections", idleConnections, 1, 1_000_000);
    require("--starts", starts, 0, 1_000);
  }

  private static void require(String option, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(option + " " + value + ": must be " + min + " to " + max);
    }
  }
}
