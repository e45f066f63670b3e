package dev.millrace.benchmarks;

import dev.millrace.events.LatencySketch;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A window so far, as [TunedTopology] keeps it: in the very bytes that the store holds, where an
/// event is added by changing some of them. The DSL reads and writes the whole aggregate for each
/// event; so reading and writing cost nothing, and there is nothing to parse.
///
/// Sums first, then a count for each latency bucket from the first one filled to the last, each as
/// wide as the largest needs: 1, 2, 4 or 8 bytes.
final class TunedAggregate {
  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  private static final int REQUESTS = 0;
  private static final int ERRORS = 8;
  private static final int CLIENT_ERRORS = 16;
  private static final int BYTES = 24;
  private static final int DURATION_SUM = 32;
  private static final int DURATION_MAX = 40;
  private static final int ZERO_DURATIONS = 48;
  private static final int FIRST_BUCKET = 56;
  private static final int WIDTH = 60;
  private static final int BUCKETS = 64;

  /// Room for neighbours whenever there has to be room for a bucket.
  private static final int SPARE_BUCKETS = 16;

  private byte[] state;

  /// Nothing counted.
  TunedAggregate() {
    state = new byte[BUCKETS];
    INT.set(state, WIDTH, 1);
  }

  /// @param state from [#bytes()]; changed from now on
  TunedAggregate(byte[] state) {
    this.state = state;
  }

  /// All of it; not a copy.
  byte[] bytes() {
    return state;
  }

  TunedAggregate add(TunedMeasurement event) {
    plus(REQUESTS, 1);
    if (event.isError()) {
      plus(ERRORS, 1);
    } else if (event.isClientError()) {
      plus(CLIENT_ERRORS, 1);
    }
    plus(BYTES, event.bytes());
    long durationUs = event.durationUs();
    if (durationUs == 0) {
      plus(ZERO_DURATIONS, 1);
    } else if (durationUs > 0) {
      plus(DURATION_SUM, durationUs);
      LONG.set(state, DURATION_MAX, Math.max(get(DURATION_MAX), durationUs));
      count(LatencyBuckets.index(durationUs));
    }
    return this;
  }

  private void count(int bucket) {
    int place = bucket - first();
    if (place < 0 || place >= length()) {
      makeRoom(bucket);
      place = bucket - first();
    }
    long count = bucketCount(place) + 1;
    if (width() < Long.BYTES && count >>> (Byte.SIZE * width()) != 0) {
      rearrange(first(), length(), 2 * width());
    }
    setBucketCount(place, count);
  }

  private void makeRoom(int bucket) {
    if (length() == 0) {
      rearrange(bucket - SPARE_BUCKETS, 2 * SPARE_BUCKETS, width());
      return;
    }
    int first = bucket < first() ? bucket - SPARE_BUCKETS : first();
    int end = Math.max(first() + length(), bucket + SPARE_BUCKETS);
    rearrange(first, end - first, width());
  }

  private void rearrange(int first, int length, int width) {
    TunedAggregate wider =
        new TunedAggregate(Arrays.copyOf(Arrays.copyOf(state, BUCKETS), BUCKETS + length * width));
    INT.set(wider.state, FIRST_BUCKET, first);
    INT.set(wider.state, WIDTH, width);
    for (int i = 0; i < length(); i++) {
      wider.setBucketCount(first() - first + i, bucketCount(i));
    }
    state = wider.state;
  }

  /// This state as a row.
  WindowSummary summary(long startMs, Series series) {
    long[] counts = new long[length()];
    Arrays.setAll(counts, this::bucketCount);
    LatencySketch sketch = new LatencySketch(get(ZERO_DURATIONS), first(), counts);
    boolean timed = sketch.count() > 0;
    return new WindowSummary(
        startMs,
        TextbookTopology.WINDOW.toMillis(),
        series.service(),
        series.route(),
        get(REQUESTS),
        get(ERRORS),
        get(CLIENT_ERRORS),
        get(BYTES),
        get(REQUESTS) * 1000.0 / TextbookTopology.WINDOW.toMillis(),
        timed ? sketch.stats(get(DURATION_SUM), get(DURATION_MAX)) : null,
        timed ? sketch.histogram() : null,
        0,
        0,
        false);
  }

  private long get(int at) {
    return (long) LONG.get(state, at);
  }

  private void plus(int at, long more) {
    LONG.set(state, at, get(at) + more);
  }

  private int first() {
    return (int) INT.get(state, FIRST_BUCKET);
  }

  private int width() {
    return (int) INT.get(state, WIDTH);
  }

  private int length() {
    return (state.length - BUCKETS) / width();
  }

  private long bucketCount(int place) {
    int width = width();
    int at = BUCKETS + place * width;
    return switch (width) {
      case Byte.BYTES -> state[at] & 0xffL;
      case Short.BYTES -> (short) SHORT.get(state, at) & 0xffffL;
      case Integer.BYTES -> (int) INT.get(state, at) & 0xffff_ffffL;
      default -> (long) LONG.get(state, at);
    };
  }

  private void setBucketCount(int place, long count) {
    int width = width();
    int at = BUCKETS + place * width;
    switch (width) {
      case Byte.BYTES -> state[at] = (byte) count;
      case Short.BYTES -> SHORT.set(state, at, (short) count);
      case Integer.BYTES -> INT.set(state, at, (int) count);
      default -> LONG.set(state, at, count);
    }
  }

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN);
  }
}
