package dev.millrace.cli;

import dev.millrace.benchmarks.Bench;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Runs a benchmark.
@Command(
    name = "bench",
    description = "Measure a part on this machine.",
    synopsisSubcommandLabel = "NAME",
    subcommands = {
      BenchCommand.Codec.class,
      BenchCommand.Sketch.class,
      BenchFreshnessCommand.class,
      BenchIngestCommand.class,
      BenchLoadgenCommand.class,
      BenchProcessorCommand.class,
      BenchSinkCommand.class,
      BenchSoakCommand.class,
      BenchStartCommand.class,
    },
    footer = {
      "",
      "On a machine that does something else at the same time the figures mean little.",
      "",
      "Examples:",
      "  millrace bench codec --json codec.json",
      "  millrace bench processor --events 2M"
    })
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which benchmark?");
  }

  /// What JMH measures within about a minute.
  abstract static class Micro implements Callable<Integer> {
    @Mixin private JsonOption json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      Bench.run(spec.name(), spec.commandLine().getOut(), json.writable());
      return 0;
    }
  }

  @Command(
      name = "codec",
      description = "Reading and writing one event. Takes about a minute.",
      footer = {
        "",
        "Examples:",
        "  millrace bench codec",
        "  millrace bench codec --json codec.json"
      })
  static final class Codec extends Micro {}

  @Command(
      name = "sketch",
      description = "Adding to a latency sketch, merging two, asking for percentiles.",
      footer = {
        "",
        "Examples:",
        "  millrace bench sketch",
        "  millrace bench sketch --json sketch.json"
      })
  static final class Sketch extends Micro {}
}
