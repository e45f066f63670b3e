package dev.millrace.loadgen;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/// Latencies of one kind in microseconds, three significant digits, up to an hour. One thread
/// records, another takes what has come together.
final class LatencyRecorder {
  private static final long MAX_US = 3_600_000_000L;
  private static final int DIGITS = 3;

  private final String tag;
  private final SingleWriterRecorder recorder = new SingleWriterRecorder(MAX_US, DIGITS);
  private Histogram interval;

  /// @param tag what it is called in the interval log
  LatencyRecorder(String tag) {
    this.tag = tag;
  }

  /// @param nanos what was measured; below 0 counts as 0, above an hour as an hour
  void record(long nanos) {
    recorder.recordValue(Math.clamp(nanos / 1_000, 0, MAX_US));
  }

  /// What was recorded since this was last asked. The object is used again the next time but one.
  Histogram interval() {
    interval = recorder.getIntervalHistogram(interval);
    interval.setTag(tag);
    return interval;
  }

  /// An empty histogram that takes all that is recorded.
  static Histogram empty() {
    return new Histogram(MAX_US, DIGITS);
  }

  /// The usual figures.
  static RunSummary.Latency figures(Histogram histogram) {
    boolean none = histogram.getTotalCount() == 0;
    return new RunSummary.Latency(
        histogram.getTotalCount(),
        none ? 0 : histogram.getMean(),
        percentile(histogram, 50),
        percentile(histogram, 90),
        percentile(histogram, 95),
        percentile(histogram, 99),
        percentile(histogram, 99.9),
        percentile(histogram, 99.99),
        none ? 0 : histogram.getMaxValue());
  }

  /// 0 if there is nothing in it.
  static long percentile(Histogram histogram, double percent) {
    return histogram.getTotalCount() == 0
        ? 0
        : Math.min(histogram.getValueAtPercentile(percent), histogram.getMaxValue());
  }
}
