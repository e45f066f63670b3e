package dev.millrace.loadgen;

import dev.millrace.loadgen.RunSummary.Latencies;
import dev.millrace.loadgen.RunSummary.Latency;
import dev.millrace.loadgen.RunSummary.Rate;
import dev.millrace.loadgen.RunSummary.Totals;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/// The numbers of a run: of `run.json`, or of what a killed run has left.
///
/// @param totals fates of all events, warm-up included
/// @param rate events a second, warm-up left out
/// @param latencies warm-up left out
/// @param valid empty for a run that did not live to judge itself
record RunFigures(Totals totals, Rate rate, Latencies latencies, Optional<Boolean> valid) {

  static RunFigures of(RunSummary summary) {
    return new RunFigures(
        summary.totals(), summary.rate(), summary.latencyUs(), Optional.of(summary.valid()));
  }

  /// Of a killed run. Its last second may be a part of one only in the log of latencies, never in
  /// the series, so rates are right.
  static RunFigures of(List<RunSecond> seconds, LatencyCourse log) {
    List<RunSecond> measured = seconds.stream().filter(second -> !second.warmUp()).toList();
    return new RunFigures(
        totals(seconds),
        new Rate(null, perS(measured, RunSecond::sent), perS(measured, RunSecond::acknowledged)),
        new Latencies(
            latency(log.measured(LatencyCourse.ACK)),
            latency(log.measured(LatencyCourse.LATENESS)),
            latency(log.measured(LatencyCourse.E2E))),
        Optional.empty());
  }

  static Totals totals(List<RunSecond> seconds) {
    return new Totals(
        sum(seconds, RunSecond::sent),
        sum(seconds, RunSecond::acknowledged),
        sum(seconds, RunSecond::rejected),
        sum(seconds, RunSecond::failed),
        sum(seconds, RunSecond::unknown));
  }

  /// Events that are in no fate: 0 if the equation of a run holds.
  long unaccounted() {
    return totals.sent()
        - totals.acknowledged()
        - totals.rejected()
        - totals.failed()
        - totals.unknown();
  }

  private static double perS(List<RunSecond> seconds, ToLongFunction<RunSecond> events) {
    return seconds.isEmpty() ? 0 : (double) sum(seconds, events) / seconds.size();
  }

  private static long sum(List<RunSecond> seconds, ToLongFunction<RunSecond> events) {
    return seconds.stream().mapToLong(events).sum();
  }

  private static Latency latency(Histogram values) {
    return new Latency(
        values.getTotalCount(),
        values.getTotalCount() == 0 ? 0 : values.getMean(),
        values.getValueAtPercentile(50),
        values.getValueAtPercentile(90),
        values.getValueAtPercentile(95),
        values.getValueAtPercentile(99),
        values.getValueAtPercentile(99.9),
        values.getValueAtPercentile(99.99),
        values.getMaxValue());
  }
}
