package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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

  /// Done with a step is who is no further behind than this much of it, seconds.
  private static final double DRAINED_S = 0.1;

  /// Of a second's rows at most so many wait for a sink that is not behind.
  private static final long DRAINED_ROWS = 1_000;

  private final MaxSearchConfig config;
  private final MaxSearch.Watcher watcher;
  private final BooleanSupplier stopped;
  private final LagSampler lag;
  private long idleLag = -1;
  private long idleRows;

  MaxSearchRun(
      MaxSearchConfig config, MaxSearch.Watcher watcher, BooleanSupplier stopped, LagSampler lag) {
    this.config = config;
    this.watcher = watcher;
    this.stopped = stopped;
    this.lag = lag;
  }

  /// @param duration how long is measured, warm-up included
  /// @return what it has shown; empty if the search was stopped meanwhile
  Optional<MaxSearchStep> step(int number, double perS, String name, Duration duration)
      throws IOException, InterruptedException {
    if (idleLag < 0) {
      seeIdle();
    }
    String purpose = name.toLowerCase(Locale.ROOT);
    Duration sending = duration.plus(COOL_DOWN);
    watcher.begins(perS, purpose, sending.toMillis() / 1e3);
    Path path =
        config
            .folder()
            .path()
            .resolve(String.format(Locale.ROOT, "step-%02d-%.0f", number, Math.rint(perS)));
    RunFolder folder = new RunFolder(path);
    folder.make();
    long startMs = System.currentTimeMillis() + START_UP_MS;
    LoadRunner runner = new LoadRunner(runConfig(perS, sending, folder, startMs));
    long endMs = send(runner, startMs, sending);
    List<LagSampler.Look> looks = lag.take(startMs + config.warmUp().toMillis(), endMs);
    double drainS = drain(perS, endMs);
    if (stopped.getAsBoolean()) {
      return Optional.empty();
    }
    return Optional.of(judged(number, purpose, perS, runner, looks, drainS, folder));
  }

  private RunConfig runConfig(double perS, Duration sending, RunFolder folder, long startMs) {
    Scenario scenario = config.scenario();
    return new RunConfig(
        scenario.with(
            new Load(List.of(new Phase.Constant(perS, sending)), scenario.load().poisson())),
        config.bootstrapServers(),
        config.kafka(),
        config.http(),
        folder.ledger(),
        Optional.of(folder),
        config.warmUp(),
        COOL_DOWN,
        true,
        RunConfig.Share.ALL,
        OptionalLong.of(startMs),
        OptionalLong.empty(),
        config.command(),
        config.version());
  }

  /// @return when it had sent all, or was told to stop, epoch milliseconds
  private long send(LoadRunner runner, long startMs, Duration sending)
      throws IOException, InterruptedException {
    long scheduledMs = startMs + sending.toMillis();
    long endMs = scheduledMs;
    boolean ending = false;
    long shown = -1;
    FutureTask<LedgerTotals> task = new FutureTask<>(runner::run);
    Thread.ofPlatform().name("millrace-source").start(task);
    while (!isDone(task)) {
      long now = System.currentTimeMillis();
      if (!ending && (stopped.getAsBoolean() || now > scheduledMs + OVERTIME_MS)) {
        runner.stop();
        ending = true;
        endMs = Math.min(now, scheduledMs);
      }
      if (runner.latest().isPresent() && runner.latest().get().second() > shown) {
        shown = runner.latest().get().second();
        watcher.second(runner.latest().get());
      }
    }
    return endMs;
  }

  private static boolean isDone(FutureTask<LedgerTotals> task)
      throws IOException, InterruptedException {
    try {
      var _ = task.get(TICK_MS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  /// How far behind it is when this search sends nothing: somebody else may send.
  private void seeIdle() throws IOException, InterruptedException {
    long until = System.currentTimeMillis() + 2_000;
    long patience = System.currentTimeMillis() + PATIENCE_MS;
    idleLag = 0;
    while (System.currentTimeMillis() < until || lag.latest().isEmpty()) {
      Thread.sleep(TICK_MS);
      lag.latest()
          .ifPresent(look -> {
            idleLag = Math.max(idleLag, look.input().lag());
            idleRows = Math.max(idleRows, rows(look));
          });
      requireLooks(patience);
    }
  }

  private void requireLooks(long patienceMs) throws IOException {
    if (System.currentTimeMillis() > patienceMs && lag.trouble().isPresent()) {
      throw new IOException(lag.trouble().get());
    }
  }

  private static long rows(LagSampler.Look look) {
    return look.rows() == null ? 0 : look.rows().lag();
  }

  /// Waits until what was sent has been worked off.
  ///
  /// @return how long that took, seconds
  /// @throws IOException if it does not get done
  private double drain(double perS, long endMs) throws IOException, InterruptedException {
    long least = Long.MAX_VALUE;
    long movedMs = System.currentTimeMillis();
    while (!stopped.getAsBoolean()) {
      Optional<LagSampler.Look> look = lag.latest().filter(at -> at.input().atMs() > endMs);
      if (look.isPresent()) {
        if (isDrained(look.get(), perS)) {
          break;
        }
        long behind = look.get().input().lag() + rows(look.get());
        if (behind < least) {
          least = behind;
          movedMs = System.currentTimeMillis();
        }
      }
      if (System.currentTimeMillis() - movedMs > PATIENCE_MS) {
        throw new IOException(
            "the pipeline does not get done with "
                + Quantity.text(perS)
                + "/s: "
                + (least == Long.MAX_VALUE
                    ? lag.trouble().orElse("its lag is not known")
                    : least + " records wait, and for 60 s nothing has moved")
                + "; see whether processor and sink are at work");
      }
      Thread.sleep(TICK_MS);
    }
    // It may have been so for a while: the last windows were waited for first.
    return lag.take(endMs, Long.MAX_VALUE).stream()
            .filter(look -> isDrained(look, perS))
            .mapToLong(look -> look.input().atMs() - endMs)
            .findFirst()
            .orElse(0)
        / 1e3;
  }

  private boolean isDrained(LagSampler.Look look, double perS) {
    return look.input().lag() <= Math.max(idleLag, perS * DRAINED_S)
        && rows(look) <= Math.max(idleRows, DRAINED_ROWS);
  }

  private MaxSearchStep judged(
      int number,
      String purpose,
      double perS,
      LoadRunner runner,
      List<LagSampler.Look> looks,
      double drainS,
      RunFolder folder)
      throws IOException {
    RunSummary summary = runner.summary().orElseThrow();
    LagCourse input = course(looks, LagSampler.Look::input);
    LagCourse sums = course(looks, LagSampler.Look::sums);
    LagCourse rows = course(looks, LagSampler.Look::rows);
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
                config.slo(), summary, input, sums, rows, runner.waits(), generatorCpu, machineCpu)
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
        drainS,
        verdict.held(),
        verdict.reasons(),
        verdict.bottleneck().orElse(null),
        verdict.evidence(),
        String.valueOf(folder.path().getFileName()));
  }

  private static LagCourse course(
      List<LagSampler.Look> looks, Function<LagSampler.Look, LagCourse.Sample> of) {
    return new LagCourse(looks.stream().map(of).filter(Objects::nonNull).toList());
  }

  private static Long growth(LagCourse of) {
    return of.isKnown() ? Long.valueOf(Math.round(of.growth())) : null;
  }
}
