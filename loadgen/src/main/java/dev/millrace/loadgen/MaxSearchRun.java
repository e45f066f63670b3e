package dev.millrace.loadgen;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Runs the steps of a search for the highest rate: sends at a rate for a while, watches the lag
/// meanwhile, judges, and waits until the pipeline is done with it.
final class MaxSearchRun {
  /// The last windows of a run close because load ends and not because of what comes after them,
  /// which takes longer. So load goes on for as long as it takes to close a window.
  private static final Duration COOL_DOWN = Duration.ofSeconds(3);

  /// Who is behind its schedule would go on until it has sent all; by then, all is clear.
  private static final long OVERTIME_MS = 500;

  /// Until then, the sender knows Kafka.
  private static final long START_UP_MS = 1_000;

  private static final long TICK_MS = 100;

  /// Nothing moves for so long: it is not going to.
  private static final long PATIENCE_MS = 60_000;

  private final MaxSearchConfig config;
  private final MaxSearch.Watcher watcher;
  private final BooleanSupplier stopped;
  private final LagSampler lag;
  private IdleLag idle = new IdleLag(0, 0, 0);

  /// Of the newest step: its rate, and when all of it was sent.
  private double sentPerS;

  private long endMs;
  private int warmUps;

  MaxSearchRun(
      MaxSearchConfig config, MaxSearch.Watcher watcher, BooleanSupplier stopped, LagSampler lag) {
    this.config = config;
    this.watcher = watcher;
    this.stopped = stopped;
    this.lag = lag;
  }

  /// Runs a step and judges it, once the pipeline is done with the one before.
  ///
  /// @param duration how long is measured, warm-up included
  /// @return what it has shown; empty if the search was stopped meanwhile
  /// @throws IOException if the pipeline does not get done, or the step cannot be run
  Optional<MaxSearchStep> step(int number, double perS, String name, Duration duration)
      throws IOException, InterruptedException {
    drain();
    if (stopped.getAsBoolean()) {
      return Optional.empty();
    }
    String purpose = name.toLowerCase(Locale.ROOT);
    Duration sending = duration.plus(COOL_DOWN);
    watcher.begins(perS, purpose, sending.toMillis() / 1e3);
    RunFolder folder = new RunFolder(config.folder().path().resolve(name(number, perS)));
    folder.make();
    long startMs = System.currentTimeMillis() + START_UP_MS;
    LoadRunner runner = new LoadRunner(runConfig(perS, sending, folder, startMs));
    sentPerS = perS;
    endMs = send(runner, startMs, sending);
    if (stopped.getAsBoolean()) {
      return Optional.empty();
    }
    return Optional.of(
        judged(number, purpose, perS, runner, startMs + config.warmUp().toMillis(), folder));
  }

  private String name(int number, double perS) {
    return number == 0
        ? "warm-up-" + ++warmUps
        : String.format(Locale.ROOT, "step-%02d-%.0f", number, Math.rint(perS));
  }

  private RunConfig runConfig(double perS, Duration sending, RunFolder folder, long startMs) {
    Duration limit = config.slo().longestE2e();
    Duration linger = limit.compareTo(EndToEnd.LINGER) > 0 ? limit : EndToEnd.LINGER;
    return new RunConfig(
        scenario(config.scenario(), perS, sending),
        config.bootstrapServers(),
        config.kafka(),
        config.http(),
        folder.ledger(),
        Optional.of(folder),
        config.warmUp(),
        new EndToEnd(true, config.warmUp(), COOL_DOWN, linger),
        RunConfig.Share.ALL,
        OptionalLong.of(startMs),
        OptionalLong.empty(),
        config.command(),
        config.version());
  }

  /// What is sent in a step: whatever its length, incidents take the same share of it.
  static Scenario scenario(Scenario of, double perS, Duration sending) {
    return of.lasting(sending)
        .with(new Load(List.of(new Phase.Constant(perS, sending)), of.load().poisson()));
  }

  /// @return when it had sent all, or was told to stop, epoch milliseconds
  private long send(LoadRunner runner, long startMs, Duration sending)
      throws IOException, InterruptedException {
    long scheduledMs = startMs + sending.toMillis();
    long end = scheduledMs;
    boolean ending = false;
    long shown = -1;
    SourceTask task = new SourceTask(runner);
    while (!task.await(TICK_MS)) {
      long now = System.currentTimeMillis();
      if (!ending && (stopped.getAsBoolean() || now > scheduledMs + OVERTIME_MS)) {
        runner.stop();
        ending = true;
        end = Math.min(now, scheduledMs);
      }
      if (runner.latest().isPresent() && runner.latest().get().second() > shown) {
        shown = runner.latest().get().second();
        watcher.second(runner.latest().get());
      }
    }
    return end;
  }

  /// Waits until the lag rests: events of before the search may still be worked off.
  ///
  /// @throws IOException if it does not come to rest
  void awaitIdle() throws IOException, InterruptedException {
    long fromMs = System.currentTimeMillis();
    Optional<IdleLag> rest = Optional.empty();
    while (rest.isEmpty() && !stopped.getAsBoolean()) {
      Thread.sleep(TICK_MS);
      List<LagSampler.Look> looks = lag.take(fromMs, Long.MAX_VALUE);
      rest = IdleLag.of(looks);
      if (rest.isEmpty() && System.currentTimeMillis() - fromMs > PATIENCE_MS) {
        throw new IOException(
            looks.isEmpty()
                ? lag.trouble().orElse("the pipeline's lag is not known")
                : "the pipeline is still busy with what came before: "
                    + IdleLag.all(looks.getLast())
                    + " records wait; try again once they are worked off");
      }
    }
    idle = rest.orElse(idle);
  }

  /// Waits until what was sent in the newest step has been worked off, or the search is stopped.
  ///
  /// @throws IOException if it does not get done
  private void drain() throws IOException, InterruptedException {
    long least = Long.MAX_VALUE;
    long movedMs = System.currentTimeMillis();
    while (!stopped.getAsBoolean()) {
      Optional<LagSampler.Look> look = lag.latest().filter(at -> at.input().atMs() > endMs);
      if (look.isPresent()) {
        if (idle.isDone(look.get(), sentPerS)) {
          return;
        }
        if (IdleLag.all(look.get()) < least) {
          least = IdleLag.all(look.get());
          movedMs = System.currentTimeMillis();
        }
      }
      if (System.currentTimeMillis() - movedMs > PATIENCE_MS) {
        throw new IOException(
            "the pipeline does not get done with "
                + Quantity.text(sentPerS)
                + "/s: "
                + (least == Long.MAX_VALUE
                    ? lag.trouble().orElse("its lag is not known")
                    : least + " records wait, and for 60 s nothing has moved")
                + "; see whether processor and sink are at work");
      }
      Thread.sleep(TICK_MS);
    }
  }

  private MaxSearchStep judged(
      int number, String purpose, double perS, LoadRunner runner, long fromMs, RunFolder folder)
      throws IOException {
    RunSummary summary = runner.summary().orElseThrow();
    List<LagSampler.Look> looks = lag.take(fromMs, endMs);
    LagCourse input = course(looks, LagSampler.Look::input, fromMs);
    LagCourse sums = course(looks, LagSampler.Look::sums, fromMs);
    LagCourse rows = course(looks, LagSampler.Look::rows, fromMs);
    double generatorCpu =
        RecordedRun.read(folder.path()).seconds().stream()
            .filter(second -> !second.warmUp() && second.sent() > 0)
            .mapToDouble(RunSecond::cpu)
            .average()
            .orElse(0);
    double machineCpu =
        looks.stream()
            .mapToDouble(LagSampler.Look::cpu)
            .filter(cpu -> cpu >= 0)
            .average()
            .orElse(0);
    StepJudge.Verdict verdict =
        new StepJudge(
                config.slo(),
                summary,
                input,
                sums,
                rows,
                runner.blind(),
                runner.uncounted(),
                runner.waits(),
                generatorCpu,
                machineCpu)
            .verdict();
    RunSummary.Latency e2e = summary.latencyUs().e2e();
    return new MaxSearchStep(
        number,
        purpose,
        perS,
        summary.rate().sentPerS(),
        e2e == null || e2e.count() == 0 ? null : Long.valueOf(e2e.p99()),
        summary.latencyUs().ack().p99(),
        summary.latencyUs().lateness().p99(),
        input.isKnown() ? Long.valueOf(Math.round(input.mean())) : null,
        growth(input),
        growth(sums),
        growth(rows),
        runner.waits().blockedS(),
        runner.waits().queueMs(),
        runner.waits().requestMs(),
        generatorCpu,
        machineCpu,
        number > 0 && verdict.judged(),
        verdict.held(),
        verdict.reasons(),
        verdict.bottleneck().orElse(null),
        verdict.evidence(),
        String.valueOf(folder.path().getFileName()));
  }

  private LagCourse course(
      List<LagSampler.Look> looks, Function<LagSampler.Look, LagCourse.Sample> of, long fromMs) {
    return new LagCourse(looks.stream().map(of).filter(Objects::nonNull).toList(), fromMs, endMs);
  }

  private static Long growth(LagCourse of) {
    return of.isKnown() ? Long.valueOf(Math.round(of.growth())) : null;
  }
}
