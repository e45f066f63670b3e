package dev.millrace.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/// The whole pipeline under a load that it can bear, for long: whether anything grows.
public final class SoakBench {
  private static final String NAME = "soak";

  /// Several looks between two commits of the processor, so that a mean of them is no accident.
  private static final long LOOK_MS = 500;

  private static final Duration WORD = Duration.ofSeconds(30);

  /// Further behind, the disk would fill up.
  private static final double MOST_LAG_S = 60;

  private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

  private final SoakBenchConfig config;
  private final PrintWriter err;
  private final Stop stop;
  private final SoakPipeline pipeline;
  private final long begun = System.nanoTime();

  private SoakBench(SoakBenchConfig config, PrintWriter err, Stop stop, SoakPipeline pipeline) {
    this.config = config;
    this.err = err;
    this.stop = stop;
    this.pipeline = pipeline;
  }

  /// @param out gets the tables and the verdict
  /// @param err gets a line now and then
  /// @param json where the report for machines goes; null for nowhere
  /// @param stopped whether the user wants no more of it
  /// @return whether the rate was held, nothing grows and the ledger balances
  /// @throws BenchException if a part did not come through, or the user stopped it
  /// @throws IOException if the folder or the report cannot be written
  public static boolean run(
      SoakBenchConfig config, PrintWriter out, PrintWriter err, Path json, BooleanSupplier stopped)
      throws IOException {
    LiveHeap.requireJcmd();
    config.requireSpace();
    Stop stop = new Stop(stopped);
    SoakResult result;
    try (BenchFolder folder = BenchFolder.create(config.data());
        SoakPipeline pipeline = SoakPipeline.start(config, folder.path(), stop)) {
      result = new SoakBench(config, err, stop, pipeline).run();
    }
    Report<SoakResult> report = Report.of(NAME, List.of(result));
    out.println(report.bench() + " on " + report.machine());
    result.lines().forEach(out::println);
    out.flush();
    report.write(json);
    return result.holds();
  }

  private SoakResult run() throws IOException {
    say("all parts run, and get warm for " + config.warmUp().toSeconds() + " s");
    // Well before the first sample: heaps that were made small are to have their size again.
    pauseUntil(config.warmUp().toNanos() / 2);
    SoakResult.Heaps before = heaps();
    pauseUntil(config.warmUp().toNanos());
    List<SoakSample> samples = watch(config.duration().minus(config.warmUp()));
    SoakResult.Heaps after = heaps();
    pipeline.stopLoad();
    say("the load has ended; waiting for the last rows, and comparing all");
    SoakBooks books = SoakBooks.close(pipeline, stop);
    E2eTimes times = E2eTimes.read(pipeline.run());
    return SoakResult.of(
        config,
        samples.stream()
            .map(sample -> sample.withE2eP99Us(times.p99Us(sample.fromMs(), sample.toMs())))
            .toList(),
        before,
        after,
        books);
  }

  private SoakResult.Heaps heaps() {
    return new SoakResult.Heaps(seconds(), pipeline.liveHeaps());
  }

  /// Since the load began.
  private double seconds() {
    return (System.nanoTime() - begun) / SECOND;
  }

  private void pauseUntil(long nanosSinceBegun) {
    while (System.nanoTime() - begun < nanosSinceBegun) {
      pipeline.requireAlive();
      stop.pause(LOOK_MS);
    }
  }

  /// @param length from now on; where heaps took long to look at, that is later than it should be
  private List<SoakSample> watch(Duration length) {
    List<SoakSample> samples = new ArrayList<>();
    long from = System.nanoTime();
    double told = seconds();
    do {
      SoakSample sample = sample();
      samples.add(sample);
      pipeline.deleteCommitted();
      if (sample.atS() - told >= WORD.toSeconds()) {
        told = sample.atS();
        tell(sample);
      }
    } while (System.nanoTime() - from < length.toNanos());
    return samples;
  }

  private SoakSample sample() {
    long fromMs = System.currentTimeMillis();
    long from = System.nanoTime();
    long events = pipeline.events();
    List<Long> lags = new ArrayList<>();
    do {
      stop.pause(LOOK_MS);
      pipeline.requireAlive();
      lags.add(pipeline.lag());
      requireKeepsUp(lags.getLast());
    } while (System.nanoTime() - from < config.interval().toNanos());
    long came = pipeline.events() - events;
    double seconds = (System.nanoTime() - from) / SECOND;
    return new SoakSample(
        seconds(),
        fromMs,
        System.currentTimeMillis(),
        came / seconds,
        lags.stream().mapToLong(Long::longValue).average().orElseThrow(),
        lags.stream().mapToLong(Long::longValue).max().orElseThrow(),
        null,
        pipeline.held());
  }

  private void requireKeepsUp(long lag) {
    if (lag > MOST_LAG_S * config.ratePerS()) {
      throw new BenchException(
          String.format(
              Locale.ROOT,
              "the processor is %,d events behind, more than a minute of the load: give a lower"
                  + " --rate than %,.0f/s",
              lag,
              config.ratePerS()));
    }
  }

  private void tell(SoakSample sample) {
    say(
        String.format(
            Locale.ROOT,
            "%,.0f of %,d s: %,.0f/s, lag %,.0f (%.2f s), resident MiB: %s",
            sample.atS(),
            config.duration().toSeconds(),
            sample.acknowledgedPerS(),
            sample.lag(),
            sample.lag() / config.ratePerS(),
            resident(sample.parts())));
  }

  private static String resident(Map<String, SoakSample.Held> parts) {
    return parts.entrySet().stream()
        .map(part -> part.getKey() + " " + (part.getValue().residentBytes() >> 20))
        .collect(Collectors.joining(", "));
  }

  private void say(String sentence) {
    err.println(sentence);
    err.flush();
  }
}
