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

  private final MaxSearchConfig config;
  private final Watcher watcher;
  private final BooleanSupplier stopped;
  private final List<MaxSearchStep> steps = new ArrayList<>();
  private final Instant started = Instant.now();

  /// @param watcher is told of everything, in the thread that runs the search
  /// @param stopped whether to come to an end; asked several times a second
  public MaxSearch(MaxSearchConfig config, Watcher watcher, BooleanSupplier stopped) {
    this.config = config;
    this.watcher = watcher;
    this.stopped = stopped;
  }

  /// Searches, in this thread. The folder must be there.
  ///
  /// @return what was found, as it was written
  /// @throws IOException if there is no processor, if the pipeline does not get done with a step,
  ///   or if a step cannot be run or written; what is known by then has been written
  public MaxSearchResult run() throws IOException, InterruptedException {
    RateSearch search =
        RateSearch.of(
            new RateSearch.Plan(
                config.startPerS(), Phase.MAX_RATE, config.resolution(), config.maxSteps()));
    try (LagSampler lag =
        LagSampler.start(
            config.bootstrapServers(), config.kafka(), config.group(), config.sinkGroup())) {
      MaxSearchRun run = new MaxSearchRun(config, watcher, stopped, lag);
      Optional<MaxSearchStep> warmUp =
          run.step(0, config.startPerS(), MaxSearchStep.WARM_UP, config.stepDuration());
      if (warmUp.isPresent()) {
        keep(warmUp.get(), search);
        search = search(search, run);
      }
    }
    return write(search);
  }

  private RateSearch search(RateSearch from, MaxSearchRun run)
      throws IOException, InterruptedException {
    RateSearch search = from;
    for (Optional<RateSearch.Try> next = search.next(); next.isPresent(); next = search.next()) {
      RateSearch.Try of = next.get();
      boolean confirms = of.purpose() == RateSearch.Purpose.CONFIRM;
      Duration duration = config.stepDuration().multipliedBy(confirms ? 3 : 1);
      Optional<MaxSearchStep> step =
          run.step(search.answers().size() + 1, of.perS(), of.purpose().toString(), duration);
      if (step.isEmpty()) {
        return search;
      }
      search = search.after(step.get().held());
      keep(step.get(), search);
    }
    return search;
  }

  private void keep(MaxSearchStep step, RateSearch search) throws IOException {
    steps.add(step);
    watcher.ended(step);
    var _ = write(search);
  }

  private MaxSearchResult write(RateSearch search) throws IOException {
    OptionalDouble failed = search.lowestFailed();
    Optional<MaxSearchStep> limit =
        steps.stream()
            .filter(step -> step.counts() && !step.held())
            .filter(step -> failed.isPresent() && step.ratePerS() == failed.getAsDouble())
            .reduce((a, b) -> b);
    MaxSearchResult result =
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
            steps);
    Files.write(
        config.folder().path().resolve(MaxSearchResult.FILE), MaxSearchResult.JSON.encode(result));
    return result;
  }

  private static Double boxed(OptionalDouble value) {
    return value.isPresent() ? Double.valueOf(value.getAsDouble()) : null;
  }
}
