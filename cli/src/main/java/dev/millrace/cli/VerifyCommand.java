package dev.millrace.cli;

import dev.millrace.events.LedgerFile;
import dev.millrace.loadgen.Recount;
import dev.millrace.sink.VerificationReport;
import dev.millrace.sink.Verifier;
import dev.millrace.sink.WindowQueries;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Compares what was sent with what the database holds.
@Command(
    name = "verify",
    description = "Compare ledgers of what was sent, or Kafka's raw events, with the database.",
    footer = {
      "",
      "Per second and series: requests, errors, bytes, exact maximum, percentiles within 1 %%.",
      "Give the ledgers of all runs that sent events of the same seconds.",
      "",
      "Examples:",
      "  millrace verify ledger.ndjson --database millrace-data/millrace.db",
      "  millrace verify --recount --database millrace-data/millrace.db",
      "  millrace verify --recount --jdbc-url jdbc:postgresql://db/millrace --jdbc-config"
          + " secrets.properties"
    })
final class VerifyCommand implements Callable<Integer> {
  @Mixin private KafkaOptions kafka;

  @Parameters(
      paramLabel = "LEDGER",
      arity = "0..*",
      description = "Files of loadgen, replay or demo.")
  private List<Path> ledgers = new ArrayList<>();

  @Option(
      names = "--recount",
      description = "Read the raw events in Kafka again and compare with those.")
  private boolean recount;

  @Mixin private DatabaseOptions database;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (ledgers.isEmpty() != recount) {
      throw new ParameterException(spec.commandLine(), "give either ledger files or --recount");
    }
    try (WindowQueries windows = database.queries()) {
      List<LedgerFile> sent = new ArrayList<>();
      for (Path ledger : ledgers) {
        sent.add(LedgerFile.read(ledger));
      }
      if (recount) {
        sent.add(Recount.read(kafka.bootstrapServers(), kafka.reachableSettings()));
      }
      VerificationReport report = Verifier.verify(sent, windows);
      report.lines().forEach(spec.commandLine().getOut()::println);
      if (report.requests() == 0) {
        throw new UserException(
            "nothing was compared: there is no acknowledged event in "
                + (recount ? "Kafka" : "the ledger"));
      }
      return report.agrees() ? 0 : 1;
    }
  }
}
