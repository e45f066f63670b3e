package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/// Reads window rows from the bytes on the topic, and refuses what the database or a later merge of
/// histograms would stumble over: one bad record must not stop a whole batch.
final class WindowDecoder {
  /// Why a record is no window row.
  static final class NotAWindowException extends Exception {
    private static final long serialVersionUID = 1;

    NotAWindowException(String reason) {
      super(reason, null, false, false);
    }
  }

  /// Of service and route together. PostgreSQL takes 2,704 bytes for all of a key.
  static final int MAX_NAME_BYTES = 2_600;

  /// 10000-01-01T00:00:00Z. SQL's functions of time, in the views, do not go further, and no event
  /// is older than 1970.
  private static final long END_OF_TIME_MS = 253_402_300_800_000L;

  /// Indices of buckets that durations can have: from the one of 1 µs to that of the longest, and
  /// one doubling to spare. Merged sketches have an array from their lowest bucket to their
  /// highest.
  private static final int LOWEST_BUCKET = -1;

  private static final int BUCKETS_END = 41 << LatencySketch.SCALE;

  private WindowDecoder() {}

  /// @param json a record's value, may be null
  static WindowSummary decode(byte[] json) throws NotAWindowException {
    WindowSummary row;
    try {
      row = json == null ? null : JsonRecords.WINDOWS.decode(json);
    } catch (IOException e) {
      throw new NotAWindowException("not a JSON window row: " + firstLine(e.getMessage()));
    }
    if (row == null) {
      throw new NotAWindowException("no value");
    }
    require(row.service() != null && row.route() != null, "service or route is missing");
    requireName(row.service() + row.route());
    require(row.windowSizeMs() > 0, "window_size_ms is missing or not positive");
    require(
        row.windowStart() >= 0 && row.windowStart() < END_OF_TIME_MS,
        "window_start " + row.windowStart() + " is not in the years 1970 to 9999");
    require(
        LongStream.of(
                row.requests(),
                row.errors(),
                row.clientErrors(),
                row.bytes(),
                row.late(),
                row.revision())
            .allMatch(count -> count >= 0),
        "a count is negative");
    require(Double.isFinite(row.ratePerS()), "rate_per_s is not a number");
    requireDurations(row.durationUs(), row.histogram());
    return row;
  }

  private static void requireName(String name) throws NotAWindowException {
    require(name.indexOf('\0') < 0, "service or route has the character U+0000");
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    require(
        utf8.length <= MAX_NAME_BYTES,
        "service and route have " + utf8.length + " bytes, " + MAX_NAME_BYTES + " are allowed");
    // Half of a surrogate pair has no bytes of its own.
    require(
        new String(utf8, StandardCharsets.UTF_8).equals(name), "service or route is not Unicode");
  }

  private static void requireDurations(DurationStats duration, ExponentialHistogram histogram)
      throws NotAWindowException {
    require(
        (duration == null) == (histogram == null),
        "only one of duration_us and histogram is there");
    if (duration == null) {
      return;
    }
    require(
        DoubleStream.of(
                duration.mean(),
                duration.p50(),
                duration.p90(),
                duration.p95(),
                duration.p99(),
                duration.p999(),
                duration.max())
            .allMatch(value -> Double.isFinite(value) && value >= 0),
        "a duration is not a number or negative");
    require(
        histogram.scale() == LatencySketch.SCALE,
        "histogram has scale " + histogram.scale() + ", this version reads " + LatencySketch.SCALE);
    require(
        histogram.bucketCounts() != null
            && histogram.zeroCount() >= 0
            && Arrays.stream(histogram.bucketCounts()).allMatch(count -> count >= 0),
        "histogram has no or negative bucket counts");
    require(
        histogram.bucketCounts().length == 0
            || (histogram.offset() >= LOWEST_BUCKET
                && histogram.offset() <= BUCKETS_END - histogram.bucketCounts().length),
        "histogram has buckets that no duration has");
    require(
        duration.count() > 0
            && histogram.zeroCount() + Arrays.stream(histogram.bucketCounts()).sum()
                == duration.count(),
        "histogram and duration_us differ in their count");
  }

  private static void require(boolean holds, String otherwise) throws NotAWindowException {
    if (!holds) {
      throw new NotAWindowException(otherwise);
    }
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}
