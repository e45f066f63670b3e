package dev.millrace.loadgen;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/// Searches the highest rate that the whole pipeline sustains: runs the rates that [RateSearch]
/// wants to know of, one after the other, and waits after each until the pipeline is done with it.
public final class MaxSearch {
  /// Whoever shows how it goes on.
  public interface Watcher {
    /// A step begins.
    ///
    /// @param seconds how long it will take
    void begins(double ratePerS, String purpose, double seconds);

    /// The newest second of a step.
    void second(RunSecond second);

    /// A step is over.
    void ended(MaxSearchStep step);
  }

  /// The JIT compilers of a pipeline that has just started take longer than one step.
  private static final int MAX_WARM_UPS = 4;

  /// Warm is what gets faster by no more than this from one step to the next.
  private static final double WARM = 0.9;

  private final MaxSearchConfig config;
  private final Watcher watcher;
  private final BooleanSupplier stopped;
  private final List<MaxSearchStep> steps = new ArrayList<>();
  private final Instant started = Instant.now();
  private RateSearch search;
  private MaxSearchResult known;

  /// @param watcher is told of everything, in the thread that runs the search
  /// @param stopped whether to come to an end; asked several times a second
  public MaxSearch(MaxSearchConfig config, Watcher watcher, BooleanSupplier stopped) {
    this.config = config;
    this.watcher = watcher;
    this.stopped = stopped;
    search =
        RateSearch.of(
            new RateSearch.Plan(
                config.startPerS(),
                MaxSearchConfig.MAX_PER_S,
                config.resolution(),
                config.maxSteps()));
  }

  /// Searches, in this thread. The folder must be there.
  ///
  /// @return what was found, as it was written
  /// @throws IOException if there is no processor, if the pipeline does not get done with a step,
  ///   or if a step cannot be run, judged or written; [#known()] tells what is known by then
  public MaxSearchResult run() throws IOException, InterruptedException {
    try (LagSampler lag =
        LagSampler.start(
            config.bootstrapServers(), config.kafka(), config.group(), config.sinkGroup())) {
      MaxSearchRun run = new MaxSearchRun(config, watcher, stopped, lag);
      run.awaitIdle();
      warmUp(run);
      search(run);
      return write(null);
    } catch (IOException e) {
      if (!steps.isEmpty()) {
        var _ = write(e.getMessage());
      }
      throw e;
    }
  }

  /// What is known so far, as it was written; empty if that is nothing.
  public Optional<MaxSearchResult> known() {
    return Optional.ofNullable(known);
  }

  private void warmUp(MaxSearchRun run) throws IOException, InterruptedException {
    while (!isWarm(steps.stream().map(MaxSearchStep::e2eP99Us).toList())) {
      Optional<MaxSearchStep> step =
          run.step(0, config.startPerS(), MaxSearchStep.WARM_UP, config.stepDuration());
      if (step.isEmpty()) {
        return;
      }
      keep(step.get());
    }
  }

  /// Whether warming up has come to its end.
  ///
  /// @param e2eP99Us of each warm-up so far, null where no row was seen
  static boolean isWarm(List<Long> e2eP99Us) {
    int count = e2eP99Us.size();
    if (count < 2 || count >= MAX_WARM_UPS) {
      return count >= MAX_WARM_UPS;
    }
    Long last = e2eP99Us.getLast();
    Long before = e2eP99Us.get(count - 2);
    return last == null ? before == null : before != null && last >= WARM * before;
  }

  private void search(MaxSearchRun run) throws IOException, InterruptedException {
    boolean blind = false;
    for (Optional<RateSearch.Try> next = search.next(); next.isPresent(); next = search.next()) {
      RateSearch.Try of = next.get();
      boolean confirms = of.purpose() == RateSearch.Purpose.CONFIRM;
      Duration duration = config.stepDuration().multipliedBy(confirms ? 3 : 1);
      int number = 1 + (int) steps.stream().filter(step -> !step.isWarmUp()).count();
      Optional<MaxSearchStep> step = run.step(number, of.perS(), of.purpose().toString(), duration);
      if (step.isEmpty()) {
        return;
      }
      boolean judged = step.get().judged();
      search = judged ? search.after(step.get().held()) : search;
      keep(step.get());
      if (blind && !judged) {
        throw new IOException(
            "two steps in a row cannot be judged: "
                + String.join("; ", step.get().reasons())
                + "; the machine may have too much to do for that");
      }
      // Not the rate's fault: once more.
      blind = !judged;
    }
  }

  private void keep(MaxSearchStep step) throws IOException {
    steps.add(step);
    watcher.ended(step);
    var _ = write(null);
  }

  private MaxSearchResult write(String trouble) throws IOException {
    OptionalDouble failed = search.lowestFailed();
    Optional<MaxSearchStep> limit =
        steps.stream()
            .filter(step -> step.judged() && !step.held())
            .filter(step -> failed.isPresent() && step.ratePerS() == failed.getAsDouble())
            .reduce((a, b) -> b);
    known =
        new MaxSearchResult(
            MaxSearchResult.FORMAT,
            config.version(),
            started.toString(),
            config.command(),
            Machine.description(),
            config.slo().toString(),
            config.resolution(),
            boxed(search.confirmed()),
            boxed(search.highestHeld()),
            boxed(failed),
            limit.map(MaxSearchStep::bottleneck).orElse(null),
            limit.map(MaxSearchStep::evidence).orElse(""),
            stopped.getAsBoolean(),
            trouble,
            steps);
    Files.write(
        config.folder().path().resolve(MaxSearchResult.FILE), MaxSearchResult.JSON.encode(known));
    return known;
  }

  private static Double boxed(OptionalDouble value) {
    return value.isPresent() ? Double.valueOf(value.getAsDouble()) : null;
  }
}
