package dev.millrace.cli;

import dev.millrace.benchmarks.SinkBench;
import dev.millrace.benchmarks.SinkBenchConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// How many rows the sink writes.
@Command(
    name = "sink",
    description = {
      "Write window rows with histograms as fast as the database takes them:",
      "  sqlite, postgres               5,000 in a transaction, as the sink does",
      "  sqlite-row, postgres-row       one in a transaction",
      "  sqlite-from-kafka, …           all that the sink does: read, decode, write",
      "PostgreSQL is a server that is started for it, with its package's settings."
    },
    footer = {
      "",
      "Takes two or three minutes. Without PostgreSQL ('apt install postgresql') it is left out.",
      "",
      "Examples:",
      "  millrace bench sink",
      "  millrace bench sink --rows 100k --rounds 1 --json sink.json"
    })
final class BenchSinkCommand implements Callable<Integer> {
  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "300k",
      converter = BenchProcessorCommand.EventsConverter.class,
      description = "Rows to write in a round. Default: ${DEFAULT-VALUE}")
  private long rows;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "How often; all take turns. The run in the middle is shown. Default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description =
          "Where SQLite's and Kafka's data is kept meanwhile; PostgreSQL's is in the system's"
              + " temporary folder. Default: that too")
  private Path data = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  BenchSinkCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws IOException {
    SinkBenchConfig config =
        new SinkBenchConfig(Math.clamp(rows, 0, Integer.MAX_VALUE), rounds, data);
    Path file = json.writable();
    interruption.hold();
    SinkBench.run(
        config,
        spec.commandLine().getOut(),
        spec.commandLine().getErr(),
        file,
        interruption::isAsked);
    return 0;
  }
}
