package dev.millrace.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// What was done when: samples of one run, and the rates that follow from them.
final class Timeline {
  /// Warm-up is over when this share is done, but not before some seconds have passed with work:
  /// half of a short run may be warm-up.
  static final double STEADY_FROM = 0.40;

  /// The end has effects of its own: partitions that run dry, last windows.
  static final double STEADY_TO = 0.95;

  static final double WARM_UP_S = 4;

  /// Commits come in steps of up to a second; a slope needs some of these.
  static final double MIN_STEADY_S = 2;

  private final long events;
  private final List<Sample> samples = new ArrayList<>();

  /// @param seconds since the start of the process
  /// @param done events done until then
  private record Sample(double seconds, long done) {}

  /// @param events how many there are to do
  Timeline(long events) {
    this.events = events;
  }

  /// @param seconds since the start of the process, no less than before
  void add(double seconds, long done) {
    samples.add(new Sample(seconds, done));
  }

  /// Until all was done.
  double seconds() {
    return samples.isEmpty() ? 0 : samples.getLast().seconds();
  }

  /// From the start of the process to the end.
  double eventsPerS() {
    return events / seconds();
  }

  /// What was done within the first seconds, start of the process included.
  long doneWithin(double seconds) {
    return samples.stream()
        .filter(sample -> sample.seconds() <= seconds)
        .mapToLong(Sample::done)
        .max()
        .orElse(0);
  }

  /// The slope of the least-squares line through the samples after warm-up and before the end;
  /// empty if these are too few to tell. A line through all of them, because the first and the last
  /// stand anywhere between two commits.
  OptionalDouble steadyPerS() {
    double firstWork =
        samples.stream()
            .filter(sample -> sample.done() > 0)
            .mapToDouble(Sample::seconds)
            .findFirst()
            .orElse(Double.MAX_VALUE);
    List<Sample> steady =
        samples.stream()
            .filter(sample -> sample.seconds() >= firstWork + WARM_UP_S)
            .filter(sample -> sample.done() >= STEADY_FROM * events)
            .filter(sample -> sample.done() <= STEADY_TO * events)
            .toList();
    if (steady.isEmpty()
        || steady.getLast().seconds() - steady.getFirst().seconds() < MIN_STEADY_S) {
      return OptionalDouble.empty();
    }
    double meanSeconds = steady.stream().mapToDouble(Sample::seconds).average().orElseThrow();
    double meanDone = steady.stream().mapToDouble(Sample::done).average().orElseThrow();
    double covariance = 0;
    double variance = 0;
    for (Sample sample : steady) {
      double seconds = sample.seconds() - meanSeconds;
      covariance += seconds * (sample.done() - meanDone);
      variance += seconds * seconds;
    }
    return OptionalDouble.of(covariance / variance);
  }
}
