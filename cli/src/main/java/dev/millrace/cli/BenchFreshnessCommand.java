package dev.millrace.cli;

import dev.millrace.benchmarks.FreshnessBench;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How soon windows can be read.
@Command(
    name = "freshness",
    description = "The time from a window's end to its rows being readable, under load.",
    footer = {
      "",
      "Examples:",
      "  millrace bench freshness",
      "  millrace bench freshness --rate 20k --duration 10s --json freshness.json"
    })
final class BenchFreshnessCommand implements Callable<Integer> {
  @Option(
      names = "--rate",
      paramLabel = "RATE",
      defaultValue = "100k",
      converter = Units.RateConverter.class,
      description = "Events a second. Default: ${DEFAULT-VALUE}")
  private double rate;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Units.DurationConverter.class,
      description = "Length of the load after 10 s of warm-up. Default: ${DEFAULT-VALUE}")
  private Duration duration;

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  BenchFreshnessCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path file = json.writable();
    interruption.hold();
    FreshnessBench.run(rate, duration, spec.commandLine().getOut(), file, interruption::isAsked);
    return 0;
  }
}
