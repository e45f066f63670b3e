package dev.millrace.cli;

import dev.millrace.loadgen.LoadRunner;
import dev.millrace.loadgen.Scenario;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Sends generated events.
@Command(
    name = "loadgen",
    description = "Send generated events on a schedule, and write a ledger of them.",
    footer = {
      "",
      "Examples:",
      "  millrace loadgen --rate 50k --duration 1m",
      "  millrace loadgen --rate max --duration 10s",
      "  millrace loadgen --scenario day --duration 10m",
      "  millrace loadgen --scenario ./my.yaml --seed 7",
      "  millrace loadgen --services 100 --routes 100 --kafka linger.ms=50"
    })
final class LoadgenCommand implements Callable<Integer> {
  @Mixin private KafkaOptions kafka;
  @Mixin private LoadOptions load;

  @Option(
      names = "--ledger",
      paramLabel = "FILE",
      defaultValue = "ledger.ndjson",
      description = "Where the exact counts go, for 'verify'. Default: ${DEFAULT-VALUE}")
  private Path ledger;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  LoadgenCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    Outputs.requireWritable("--ledger", ledger);
    Scenario scenario = load.scenario();
    Map<String, String> settings = kafka.reachableSettings();
    LoadRunner runner = new LoadRunner(scenario, kafka.bootstrapServers(), settings, ledger);
    return SourceRun.run(runner, ledger, interruption, spec.commandLine());
  }
}
