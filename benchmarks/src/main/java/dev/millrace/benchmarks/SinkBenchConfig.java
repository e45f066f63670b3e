package dev.millrace.benchmarks;

import java.nio.file.Path;

/// What [SinkBench] is to measure.
///
/// @param rows that are written in a round, with many in a transaction; with one, a fortieth of it
/// @param rounds how often each has its turn
/// @param data folder for the data, which is deleted at the end
public record SinkBenchConfig(int rows, int rounds, Path data) {
  /// One row a transaction is that much less.
  static final int FEWER = 40;

  /// @throws IllegalArgumentException naming option, value and range
  public SinkBenchConfig {
    if (rows < 10_000 || rows > 50_000_000) {
      throw new IllegalArgumentException("--rows " + rows + ": must be 10k to 50m");
    }
    if (rounds < 1 || rounds > 100) {
      throw new IllegalArgumentException("--rounds " + rounds + ": must be 1 to 100");
    }
  }
}
