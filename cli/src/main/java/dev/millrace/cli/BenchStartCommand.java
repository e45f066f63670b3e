package dev.millrace.cli;

import dev.millrace.benchmarks.StartBench;
import dev.millrace.benchmarks.StartBenchConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How soon each command is ready, and how much memory it takes.
@Command(
    name = "start",
    description = {
      "Start commands as the launcher starts them, with its AOT cache and without, until they are",
      "ready, and look at their resident memory, idle and while events pass:",
      "  --help      has ended",
      "  ingest      answers /health/ready with 200",
      "  processor   the same, in a group that was there before",
      "  sink        the same",
      "  loadgen     its first event is in Kafka"
    },
    footer = {
      "",
      "Takes about three minutes.",
      "",
      "Examples:",
      "  millrace bench start --json start.json",
      "  millrace bench start --rounds 1 --load 5s --rate 10k"
    })
final class BenchStartCommand implements Callable<Integer> {
  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "How often; all take turns. The median is shown. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--idle",
      paramLabel = "TIME",
      defaultValue = "3s",
      converter = Units.DurationConverter.class,
      description =
          "How long each is left alone until its idle memory is looked at. Default:"
              + " ${DEFAULT-VALUE}")
  private Duration idle;

  @Option(
      names = "--load",
      paramLabel = "TIME",
      defaultValue = "20s",
      converter = Units.DurationConverter.class,
      description =
          "How long all of them have load; their memory is looked at before its end. Default:"
              + " ${DEFAULT-VALUE}")
  private Duration load;

  @Option(
      names = "--rate",
      paramLabel = "RATE",
      defaultValue = "100k",
      converter = Units.RateConverter.class,
      description = "Events a second then. Default: ${DEFAULT-VALUE}")
  private double rate;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description = "Where the data is kept meanwhile. Default: the system's temporary folder")
  private Path data = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  BenchStartCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path launcher =
        StartBench.launcher()
            .orElseThrow(() ->
                new UserException(
                    "bench start measures what the launcher starts: run it as './millrace bench"
                        + " start'"));
    StartBenchConfig config = new StartBenchConfig(launcher, rounds, idle, load, rate, data);
    Path file = json.writable();
    interruption.hold();
    StartBench.run(
        config,
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        file,
        interruption::isAsked);
    return 0;
  }
}
