package dev.millrace.cli;

import dev.millrace.benchmarks.LoadgenBench;
import dev.millrace.benchmarks.LoadgenBenchConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How much the load generator sends, beside Kafka's own tool.
@Command(
    name = "loadgen",
    description = {
      "Send events as fast as possible. On one broker take turns, each in its own process:",
      "  millrace-loadgen       the load generator: distinct events, ledger and figures included",
      "  producer-performance   Kafka's ProducerPerformance, same size of record, same settings",
      "Then, how late events are at a steady rate (millrace-loadgen-paced)."
    },
    footer = {
      "",
      "Takes a minute or two.",
      "",
      "Examples:",
      "  millrace bench loadgen",
      "  millrace bench loadgen --events 2M --rounds 1 --json loadgen.json"
    })
final class BenchLoadgenCommand implements Callable<Integer> {
  @Option(
      names = "--events",
      paramLabel = "N",
      defaultValue = "8M",
      converter = BenchProcessorCommand.EventsConverter.class,
      description = "Events that each sends in a round. Default: ${DEFAULT-VALUE}")
  private long events;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "How often; both take turns. The run in the middle is shown. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--rate",
      paramLabel = "RATE",
      defaultValue = "100k",
      converter = Units.RateConverter.class,
      description = "The steady rate, events a second. Default: ${DEFAULT-VALUE}")
  private double rate;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "15s",
      converter = Units.DurationConverter.class,
      description = "How long the steady rate is held. Default: ${DEFAULT-VALUE}")
  private Duration duration;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description = "Where the data is kept meanwhile. Default: the system's temporary folder")
  private Path data = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  BenchLoadgenCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    LoadgenBenchConfig config = new LoadgenBenchConfig(events, rounds, rate, duration, data);
    Path file = json.writable();
    interruption.hold();
    LoadgenBench.run(
        config,
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        file,
        interruption::isAsked);
    return 0;
  }
}
