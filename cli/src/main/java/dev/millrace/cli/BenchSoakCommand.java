package dev.millrace.cli;

import dev.millrace.benchmarks.SoakBench;
import dev.millrace.benchmarks.SoakBenchConfig;
import dev.millrace.benchmarks.StartBench;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Whether anything grows in a pipeline that has run for long.
@Command(
    name = "soak",
    description = {
      "Run broker, processor, sink with SQLite, and loadgen straight into Kafka, each in a process",
      "of its own as the launcher starts it, for half an hour; see whether lag, end-to-end p99,",
      "memory, threads or descriptors grow; and verify the ledger.",
      "",
      "Raw events are deleted from Kafka when the processor has committed them; the disk must have",
      "room for a minute or two of them, and for all rows. Exit code 0 only if the rate was held,",
      "nothing grows, and the ledger balances."
    },
    footer = {
      "",
      "Examples:",
      "  millrace bench soak --json soak.json",
      "  millrace bench soak --duration 5m --rate 50k --data /var/tmp"
    })
final class BenchSoakCommand implements Callable<Integer> {
  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "30m",
      converter = Units.DurationConverter.class,
      description =
          "How long there is load; a tenth of it, at most 2m, is warm-up. Default:"
              + " ${DEFAULT-VALUE}")
  private Duration duration;

  @Option(
      names = "--rate",
      paramLabel = "RATE",
      defaultValue = "300k",
      converter = Units.RateConverter.class,
      description =
          "Events a second: half of what 'loadgen --find-max' finds. Default: ${DEFAULT-VALUE}, for"
              + " a machine of 2 cores with nothing else to do")
  private double rate;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description = "Where the data is kept meanwhile. Default: the system's temporary folder")
  private Path data = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  BenchSoakCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    Path launcher =
        StartBench.launcher()
            .orElseThrow(() ->
                new UserException(
                    "bench soak runs what the launcher starts: run it as './millrace bench soak'"));
    SoakBenchConfig config = new SoakBenchConfig(launcher, duration, rate, data);
    Path file = json.writable();
    interruption.hold();
    boolean holds =
        SoakBench.run(
            config,
            spec.commandLine().getOut(),
            spec.commandLine().getErr(),
            file,
            interruption::isAsked);
    return holds ? 0 : 1;
  }
}
