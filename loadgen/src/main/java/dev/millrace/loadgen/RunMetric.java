package dev.millrace.loadgen;

import dev.millrace.loadgen.RunSummary.Latency;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// A figure of a run by the name that conditions, comparisons and `--json` give it.
///
/// @param name such as `ack.p99`
/// @param unit what it is measured in
/// @param of takes it from a run; empty if the run has none
record RunMetric(String name, RunUnit unit, Function<RunFigures, OptionalDouble> of) {
  /// All there are, in the order in which they are shown.
  static final List<RunMetric> ALL = all();

  static Optional<RunMetric> named(String name) {
    return ALL.stream().filter(metric -> metric.name.equals(name)).findFirst();
  }

  private static List<RunMetric> all() {
    List<RunMetric> all = new ArrayList<>();
    latencies(all, "ack", run -> run.latencies().ack());
    latencies(all, "lateness", run -> run.latencies().lateness());
    latencies(all, "e2e", run -> run.latencies().e2e());
    add(all, "rate.sent", RunUnit.PER_S, run -> run.rate().sentPerS());
    add(all, "rate.acknowledged", RunUnit.PER_S, run -> run.rate().acknowledgedPerS());
    add(all, "totals.sent", RunUnit.COUNT, run -> run.totals().sent());
    add(all, "totals.acknowledged", RunUnit.COUNT, run -> run.totals().acknowledged());
    add(all, "totals.rejected", RunUnit.COUNT, run -> run.totals().rejected());
    add(all, "totals.failed", RunUnit.COUNT, run -> run.totals().failed());
    add(all, "totals.unknown", RunUnit.COUNT, run -> run.totals().unknown());
    share(all, "share.rejected", run -> run.totals().rejected());
    share(all, "share.failed", run -> run.totals().failed());
    share(all, "share.unknown", run -> run.totals().unknown());
    all.add(
        new RunMetric(
            "valid",
            RunUnit.TRUTH,
            run ->
                run.valid()
                    .map(valid -> OptionalDouble.of(valid ? 1 : 0))
                    .orElse(OptionalDouble.empty())));
    return List.copyOf(all);
  }

  private static void add(
      List<RunMetric> all, String name, RunUnit unit, ToDoubleFunction<RunFigures> of) {
    all.add(new RunMetric(name, unit, run -> OptionalDouble.of(of.applyAsDouble(run))));
  }

  private static void share(List<RunMetric> all, String name, ToDoubleFunction<RunFigures> part) {
    all.add(
        new RunMetric(
            name,
            RunUnit.SHARE,
            run ->
                run.totals().sent() == 0
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(part.applyAsDouble(run) / run.totals().sent())));
  }

  private static void latencies(
      List<RunMetric> all, String kind, Function<RunFigures, Latency> latency) {
    Map<String, ToDoubleFunction<Latency>> figures = new LinkedHashMap<>();
    figures.put("mean", Latency::mean);
    figures.put("p50", Latency::p50);
    figures.put("p90", Latency::p90);
    figures.put("p95", Latency::p95);
    figures.put("p99", Latency::p99);
    figures.put("p999", Latency::p999);
    figures.put("p9999", Latency::p9999);
    figures.put("max", Latency::max);
    figures.forEach((name, figure) ->
        all.add(
            new RunMetric(
                kind + "." + name,
                RunUnit.MICROS,
                run -> {
                  Latency of = latency.apply(run);
                  // A distribution of nothing is written as zeros, and 0 would pass every limit.
                  return of == null || of.count() == 0
                      ? OptionalDouble.empty()
                      : OptionalDouble.of(figure.applyAsDouble(of));
                })));
  }
}
