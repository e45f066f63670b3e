package dev.millrace.cli;

import dev.millrace.loadgen.EndToEnd;
import dev.millrace.loadgen.LoadRunner;
import dev.millrace.loadgen.MaxSearchConfig;
import dev.millrace.loadgen.RunConfig;
import dev.millrace.loadgen.RunFolder;
import dev.millrace.loadgen.RunMerger;
import dev.millrace.loadgen.RunSecond;
import dev.millrace.loadgen.RunSummary;
import dev.millrace.loadgen.RunTelemetry;
import dev.millrace.loadgen.Scenario;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
      "  millrace loadgen --rate max --duration 10s --workers 2",
      "  millrace loadgen --scenario day --duration 10m --run day-1",
      "  millrace loadgen --target http://127.0.0.1:8081 --http-batch 50",
      "  millrace loadgen --scenario ./my.yaml --seed 7 --kafka linger.ms=50",
      "  millrace loadgen --find-max --slo 'e2e.p99 < 3s, lag flat'",
      "",
      "Exit code 0 only if everything was acknowledged; of a search, if a rate was found."
    })
final class LoadgenCommand implements Callable<Integer> {
  private static final long TICK_MS = 1_000;

  @Mixin private KafkaOptions kafka;
  @Mixin private LoadOptions load;
  @Mixin private TargetOptions target;
  @Mixin private FindMaxOptions max;
  @Mixin private RunTelemetryOptions telemetry;

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
      names = "--workers",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Processes that share the events; their results are put together. Default:"
              + " ${DEFAULT-VALUE}")
  private int workers;

  @Option(
      names = "--worker",
      paramLabel = "I/N@START",
      hidden = true,
      description = "One of several workers, started by the command that has --workers.")
  private String worker;

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      converter = Units.DurationConverter.class,
      description =
          "How much of the start is in no figure, in whole seconds."
              + " Default: a tenth of the run, or a third of a step of --find-max, at most 5s")
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
    if (max.isAsked()) {
      return findMax();
    }
    Scenario scenario = load.scenario();
    Outputs.requireWritable("--ledger", ledger);
    RunFolder folder = new RunFolder(run == null ? RunFolder.defaultPath(Instant.now()) : run);
    folder.requireNew();
    WorkerShare share = worker == null ? WorkerShare.whole(workers) : WorkerShare.parse(worker);
    RunConfig config = config(scenario, folder, kafka.settings(), share);
    if (config.http().isPresent()) {
      config = withReachableWindows(config);
    } else {
      kafka.reachableSettings();
    }
    if (worker != null) {
      folder.make();
      return work(new LoadRunner(config));
    }
    try (RunTelemetryOptions.Served served = telemetry.serve(spec.commandLine().getErr())) {
      folder.make();
      return workers > 1 ? share(config, served.telemetry()) : runAlone(config, served.telemetry());
    }
  }

  /// With an edge to send to, Kafka is needed for end-to-end times alone.
  private RunConfig withReachableWindows(RunConfig config) throws IOException {
    if (!config.e2e().measured() || (worker == null && workers > 1)) {
      // One of several looks for itself.
      return config;
    }
    try {
      kafka.reachableSettings();
      return config;
    } catch (UserException e) {
      spec.commandLine()
          .getErr()
          .println("millrace: There are no end-to-end times: " + e.getMessage());
      return config.withoutE2e();
    }
  }

  private int findMax() throws IOException, InterruptedException {
    if (workers > 1 || worker != null || ledger != null || !e2e || telemetry.isAsked()) {
      throw new IllegalArgumentException(
          "--find-max takes neither --workers nor --ledger nor --no-e2e nor --metrics-port: its steps"
              + " are of one process, have a ledger each, are measured end to end, and are runs of"
              + " their own");
    }
    Duration step = load.duration().orElse(MaxSearchConfig.DEFAULT_STEP);
    RunFolder folder = new RunFolder(run == null ? RunFolder.defaultPath(Instant.now()) : run);
    folder.requireNew();
    MaxSearchConfig config =
        new MaxSearchConfig(
            load.scenario(),
            load.ratePerS().orElse(MaxSearchConfig.DEFAULT_START_PER_S),
            step,
            warmUp == null ? MaxSearchConfig.defaultWarmUp(step) : warmUp,
            max.resolution(),
            max.maxSteps(),
            max.slo(),
            kafka.bootstrapServers(),
            kafka.settings(),
            target.http(),
            max.group(),
            max.sinkGroup(),
            folder,
            Secrets.leftOut(arguments()),
            Version.number());
    kafka.reachableSettings();
    folder.make();
    return FindMaxProgress.search(config, interruption, spec.commandLine());
  }

  private int runAlone(RunConfig config, RunTelemetry told)
      throws IOException, InterruptedException {
    LoadRunner runner = new LoadRunner(config);
    runner.tell(told::add);
    watch(runner, config);
    summarize(config, runner.summary().orElseThrow());
    return judge(runner);
  }

  private int judge(LoadRunner runner) {
    runner.unseen().ifPresent(remark -> spec.commandLine().getErr().println("millrace: " + remark));
    return judge(
        runner.summary().orElseThrow(),
        runner.metrics().lastFailure().map(Throwable::getMessage),
        runner.trouble());
  }

  private void summarize(RunConfig config, RunSummary summary) {
    LoadProgress.summarize(
        summary,
        config.folder().orElseThrow().path(),
        config.ledger(),
        spec.commandLine().getOut());
  }

  /// As one of several: seconds go to standard output, for the parent, and its end is the end.
  private int work(LoadRunner runner) throws IOException, InterruptedException {
    interruption.hold();
    SourceRun sending = new SourceRun(runner);
    Thread.ofPlatform().daemon().name("millrace-parent").start(() -> stopWithParent(sending));
    long told = -1;
    while (!sending.await(TICK_MS / 10)) {
      Optional<RunSecond> latest = runner.latest();
      if (latest.isPresent() && latest.get().second() > told) {
        told = latest.get().second();
        spec.commandLine()
            .getOut()
            .println(new String(RunSecond.JSON.encode(latest.get()), StandardCharsets.UTF_8));
      }
      if (interruption.isAsked()) {
        sending.stop();
      }
    }
    return judge(runner);
  }

  private static void stopWithParent(SourceRun sending) {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException e) {
      // No parent, no more to do.
      return;
    } finally {
      sending.stop();
    }
  }

  private int share(RunConfig config, RunTelemetry told) throws IOException, InterruptedException {
    LoadProgress progress = progress(config);
    interruption.hold();
    Path folder = config.folder().orElseThrow().path();
    long shown = -1;
    try (Workers all =
        new Workers(workers, arguments(), folder, config.startMs().orElseThrow(), told::add)) {
      while (!all.await(TICK_MS / 4)) {
        Optional<RunSecond> latest = all.latest();
        if (latest.isPresent() && latest.get().second() > shown) {
          shown = latest.get().second();
          progress.show(latest.get());
        }
        if (interruption.isAsked()) {
          all.stop();
        }
      }
      progress.end();
      RunSummary summary = RunMerger.merge(config, all.folders());
      summarize(config, summary);
      all.remarks().forEach(remark -> spec.commandLine().getErr().println("millrace: " + remark));
      List<String> failures = all.failures(interruption.isAsked());
      failures.forEach(failure -> spec.commandLine().getErr().println("millrace: " + failure));
      return judge(summary, Optional.empty(), failures.stream().findFirst());
    }
  }

  private List<String> arguments() {
    return spec.root().commandLine().getParseResult().originalArgs();
  }

  private LoadProgress progress(RunConfig config) {
    return new LoadProgress(
        spec.commandLine().getErr(),
        DemoCommand.isTerminal(),
        config.scenario().load().duration().toMillis() / 1e3);
  }

  private RunConfig config(
      Scenario scenario, RunFolder folder, Map<String, String> settings, WorkerShare share)
      throws IOException {
    return new RunConfig(
        scenario,
        kafka.bootstrapServers(),
        settings,
        target.http(),
        ledger == null ? folder.ledger() : ledger,
        Optional.of(folder),
        warmUp == null ? RunConfig.defaultWarmUp(scenario.load().duration()) : warmUp,
        // One reader of windows is enough.
        e2e && share.share().worker() == 0 ? EndToEnd.ALL : EndToEnd.NONE,
        share.share(),
        share.startMs(),
        OptionalLong.empty(),
        Secrets.leftOut(arguments()),
        Version.number());
  }

  private void watch(LoadRunner runner, RunConfig config) throws IOException, InterruptedException {
    LoadProgress progress = progress(config);
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

  private int judge(RunSummary summary, Optional<String> failure, Optional<String> trouble) {
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
                  failure.map(cause -> ": " + cause).orElse("")));
    }
    Optional<String> imbalance = imbalance(totals);
    imbalance.ifPresent(sentence -> spec.commandLine().getErr().println("millrace: " + sentence));
    return missing == 0 && trouble.isEmpty() && imbalance.isEmpty() ? 0 : 1;
  }

  /// What there is to say of books that do not balance, which is an error of the generator's.
  static Optional<String> imbalance(RunSummary.Totals totals) {
    long told = totals.acknowledged() + totals.rejected() + totals.failed() + totals.unknown();
    return told == totals.sent()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "The books do not balance: %,d events were sent, and the fates of %,d are known."
                    + " Do not trust this run",
                totals.sent(),
                told));
  }
}
