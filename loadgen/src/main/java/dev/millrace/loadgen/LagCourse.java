package dev.millrace.loadgen;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/// How far a consumer group was behind over a time, in records: what its topics hold less what it
/// has committed.
///
/// A group commits now and then, so its lag is a saw with teeth of a commit's length. What it has
/// grown by is therefore told from means: of the last third of the time less that of the first.
///
/// @param samples in the order of their time
/// @param fromMs start of the time that they are to tell of, epoch milliseconds
/// @param toMs its end
record LagCourse(List<Sample> samples, long fromMs, long toMs) {
  /// With fewer, a third has none or one.
  private static final int MIN_SAMPLES = 6;

  /// Nothing is known of a time without a look that is longer than this and than a tenth of the
  /// whole. On a busy machine, Kafka takes its time to answer.
  private static final long MAX_GAP_MS = 1_000;

  /// @param atMs epoch milliseconds
  /// @param end records that there ever were
  /// @param lag records that are not committed
  record Sample(long atMs, long end, long lag) {}

  LagCourse {
    samples = List.copyOf(samples);
  }

  /// Whether there is enough to tell anything of.
  boolean isKnown() {
    return samples.size() >= MIN_SAMPLES
        && longestGapMs() <= Math.max(MAX_GAP_MS, (toMs - fromMs) / 10);
  }

  /// The longest time without a sample.
  long longestGapMs() {
    long longest = 0;
    long before = fromMs;
    for (Sample sample : samples) {
      longest = Math.max(longest, sample.atMs() - before);
      before = sample.atMs();
    }
    return Math.max(longest, toMs - before);
  }

  /// How many seconds it tells of.
  double seconds() {
    return isKnown() ? (samples.getLast().atMs() - samples.getFirst().atMs()) / 1e3 : 0;
  }

  /// Records that came in a second.
  double arrivedPerS() {
    return isKnown()
        ? (samples.getLast().end() - samples.getFirst().end()) / Math.max(1e-3, seconds())
        : 0;
  }

  /// By how many records the lag has grown; negative if it has shrunk.
  double growth() {
    if (!isKnown()) {
      return 0;
    }
    double from = samples.getFirst().atMs();
    double third = (samples.getLast().atMs() - from) / 3;
    return mean(samples.stream().filter(sample -> sample.atMs() >= from + 2 * third).toList())
        - mean(samples.stream().filter(sample -> sample.atMs() <= from + third).toList());
  }

  /// The same in seconds of what came in: so much older than at first is what is read at last.
  OptionalDouble growthS() {
    double perS = arrivedPerS();
    if (!isKnown()) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(perS == 0 ? (growth() > 0 ? Double.MAX_VALUE : 0) : growth() / perS);
  }

  /// The mean lag, records.
  double mean() {
    return mean(samples);
  }

  private static double mean(List<Sample> of) {
    ToDoubleFunction<Sample> lag = Sample::lag;
    return of.stream().mapToDouble(lag).average().orElse(0);
  }

  /// The highest lag, records.
  long peak() {
    return samples.stream().mapToLong(Sample::lag).max().orElse(0);
  }
}
