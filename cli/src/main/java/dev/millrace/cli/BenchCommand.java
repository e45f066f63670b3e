package dev.millrace.cli;

import dev.millrace.benchmarks.Bench;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Runs a benchmark.
@Command(
    name = "bench",
    description = "Measure a part on this machine: codec or sketch.",
    footer = {
      "",
      "Takes about a minute; on a machine that does something else its figures mean little.",
      "",
      "Example:",
      "  millrace bench codec --json codec.json"
    })
final class BenchCommand implements Callable<Integer> {
  @Parameters(paramLabel = "NAME", description = "codec or sketch")
  private String name;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the results for machines too.")
  private Path json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Outputs.requireWritable("--json", json);
    Bench.run(name, spec.commandLine().getOut(), json);
    return 0;
  }
}
