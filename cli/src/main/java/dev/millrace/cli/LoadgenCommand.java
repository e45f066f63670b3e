package dev.millrace.cli;

import dev.millrace.loadgen.LoadRunner;
import dev.millrace.loadgen.RunConfig;
import dev.millrace.loadgen.RunFolder;
import dev.millrace.loadgen.RunSummary;
import dev.millrace.loadgen.Scenario;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Sends generated events.
@Command(
    name = "loadgen",
    description = "Send generated events on a schedule, measure, and write a ledger of them.",
    footer = {
      "",
      "Latencies count from the time at which an event was due, also if it was sent later.",
      "",
      "Examples:",
      "  millrace loadgen --rate 50k --duration 1m",
      "  millrace loadgen --rate max --duration 10s",
      "  millrace loadgen --scenario day --duration 10m --run day-1",
      "  millrace loadgen --scenario ./my.yaml --seed 7 --kafka linger.ms=50",
      "",
      "Exit code 0 only if everything was acknowledged."
    })
final class LoadgenCommand implements Callable<Integer> {
  private static final long TICK_MS = 1_000;

  @Mixin private KafkaOptions kafka;
  @Mixin private LoadOptions load;

  @Option(
      names = "--run",
      paramLabel = "FOLDER",
      description = "Where the run is written; must be new. Default: runs/ and the time")
  private Path run;

  @Option(
      names = "--ledger",
      paramLabel = "FILE",
      description =
          "Where the exact counts go, for 'verify'. Default: ledger.ndjson in the run's folder")
  private Path ledger;

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      converter = Units.DurationConverter.class,
      description =
          "How much of the start is in no figure, in whole seconds."
              + " Default: a tenth of the run, at most 5s")
  private Duration warmUp;

  @Option(
      names = "--e2e",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Measure a sample of the events until their window can be read, if there is a"
              + " processor. Default: yes")
  private boolean e2e;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  LoadgenCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    Scenario scenario = load.scenario();
    Outputs.requireWritable("--ledger", ledger);
    RunFolder folder = new RunFolder(run == null ? RunFolder.defaultPath(Instant.now()) : run);
    folder.requireNew();
    RunConfig config = config(scenario, folder, kafka.settings());
    kafka.reachableSettings();
    folder.make();
    LoadRunner runner = new LoadRunner(config);
    watch(runner, config);
    RunSummary summary = runner.summary().orElseThrow();
    LoadProgress.summarize(summary, folder.path(), config.ledger(), spec.commandLine().getOut());
    return judge(runner, summary);
  }

  private RunConfig config(Scenario scenario, RunFolder folder, Map<String, String> settings) {
    return new RunConfig(
        scenario,
        kafka.bootstrapServers(),
        settings,
        ledger == null ? folder.ledger() : ledger,
        Optional.of(folder),
        warmUp == null ? RunConfig.defaultWarmUp(scenario.load().duration()) : warmUp,
        e2e,
        RunConfig.Share.ALL,
        Optional.empty(),
        Secrets.leftOut(spec.root().commandLine().getParseResult().originalArgs()),
        Version.number());
  }

  private void watch(LoadRunner runner, RunConfig config) throws IOException, InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    double durationS = config.scenario().load().duration().toMillis() / 1e3;
    LoadProgress progress = new LoadProgress(err, DemoCommand.isTerminal(), durationS);
    interruption.hold();
    SourceRun sending = new SourceRun(runner);
    long shown = -1;
    boolean said = false;
    try {
      while (!sending.await(TICK_MS)) {
        if (runner.latest().isPresent() && runner.latest().get().second() > shown) {
          shown = runner.latest().get().second();
          progress.show(runner.latest().get());
        }
        if (runner.trouble().isPresent() && !said) {
          said = true;
          progress.say("millrace: " + runner.trouble().get());
        }
        if (interruption.isAsked()) {
          sending.stop();
        }
      }
    } catch (IOException e) {
      // Sent to its end, but not written: there are figures nevertheless.
      if (runner.summary().isEmpty()) {
        throw e;
      }
      if (!said) {
        progress.say("millrace: " + Sentences.sentence(e));
      }
    } finally {
      progress.end();
      sending.stop();
    }
  }

  private int judge(LoadRunner runner, RunSummary summary) {
    RunSummary.Totals totals = summary.totals();
    long missing = totals.failed() + totals.unknown();
    if (missing > 0) {
      spec.commandLine()
          .getErr()
          .println(
              String.format(
                  Locale.ROOT,
                  "millrace: %.2f %% of the events failed or have an unknown fate%s",
                  100.0 * missing / totals.sent(),
                  runner
                      .metrics()
                      .lastFailure()
                      .map(cause -> ": " + cause.getMessage())
                      .orElse("")));
    }
    return missing == 0 && runner.trouble().isEmpty() ? 0 : 1;
  }
}
