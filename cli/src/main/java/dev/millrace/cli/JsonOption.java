package dev.millrace.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/// Where a benchmark leaves its results for machines.
final class JsonOption {
  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the results for machines too.")
  private Path json;

  /// @return null if nobody wants them
  /// @throws UserException if there is no such folder, or it cannot be written
  Path writable() {
    Outputs.requireWritable("--json", json);
    return json;
  }
}
