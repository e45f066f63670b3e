package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.loadgen.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// What every benchmark leaves for machines.
///
/// @param bench the benchmark's name
/// @param machine where it ran
/// @param results a line for each thing that was measured
/// @param <L> what such a line has
record Report<L>(
    @JsonProperty("bench") String bench,
    @JsonProperty("machine") String machine,
    @JsonProperty("results") List<L> results) {

  /// A report on this machine.
  static <L> Report<L> of(String bench, List<L> results) {
    return new Report<>(bench, Machine.description(), results);
  }

  /// @param file null for nowhere
  void write(Path file) throws IOException {
    if (file != null) {
      new JsonMapper().writeValue(file.toFile(), this);
    }
  }
}
