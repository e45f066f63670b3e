package dev.millrace.events;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// A mergeable summary of durations: any quantile within [#RELATIVE_ERROR] of the exact one,
/// whatever the distribution. It is the base-2 exponential histogram of the OpenTelemetry data
/// model at the fixed scale [#SCALE], so that merging is adding counts. Source: the OpenTelemetry
/// metrics data model, section ExponentialHistogram.
///
/// Adding allocates nothing once the buckets of the values at hand exist. Not thread-safe.
public final class LatencySketch {
  /// 64 buckets to each doubling: a bucket's bounds are 1.09 % apart.
  public static final int SCALE = 6;

  /// The largest relative error of a quantile: half a bucket, (b − 1) / (b + 1) for b = 2^(1/64).
  public static final double RELATIVE_ERROR = relativeError();

  private static final int BUCKETS_PER_DOUBLING = 1 << SCALE;

  /// `UPPER[k]` is 2^(k/64) as a fixed-point number with 52 binary digits, rounded down: the
  /// largest mantissa that still belongs below boundary k.
  private static final long[] UPPER = mantissaBoundaries();

  /// For the leading 8 bits of a mantissa, the bucket its smallest member belongs to.
  private static final byte[] FIRST_BUCKET = firstBuckets();

  private long zeroCount;
  private long count;
  private int offset;
  private int length;
  private long[] buckets;

  /// An empty sketch.
  public LatencySketch() {
    buckets = new long[0];
  }

  /// A sketch that holds what a histogram holds. A finer one is coarsened, which loses nothing but
  /// its precision: each of its buckets lies within one of ours, whose index is the same without
  /// the last bits. Source: the OpenTelemetry data model, ExponentialHistogram, perfect subsetting.
  ///
  /// @throws IllegalArgumentException if the histogram's scale is below [#SCALE]: its buckets are
  ///   wider than [#RELATIVE_ERROR] allows
  public LatencySketch(ExponentialHistogram histogram) {
    this(histogram.zeroCount(), firstIndex(histogram), coarsened(histogram));
  }

  private static int firstIndex(ExponentialHistogram histogram) {
    if (histogram.scale() < SCALE) {
      throw new IllegalArgumentException(
          "histogram has scale " + histogram.scale() + ", this version reads " + SCALE + " and up");
    }
    return histogram.offset() >> (histogram.scale() - SCALE);
  }

  private static long[] coarsened(ExponentialHistogram histogram) {
    long[] fine = histogram.bucketCounts();
    int bits = histogram.scale() - SCALE;
    if (bits == 0 || fine.length == 0) {
      return fine.clone();
    }
    int first = histogram.offset() >> bits;
    long[] counts = new long[((histogram.offset() + fine.length - 1) >> bits) - first + 1];
    for (int i = 0; i < fine.length; i++) {
      counts[((histogram.offset() + i) >> bits) - first] += fine[i];
    }
    return counts;
  }

  /// A sketch over the given buckets, which it keeps as its own.
  ///
  /// @param offset index of `buckets[0]`
  public LatencySketch(long zeroCount, int offset, long[] buckets) {
    this.zeroCount = zeroCount;
    this.offset = offset;
    this.buckets = buckets;
    this.length = buckets.length;
    this.count = zeroCount + Arrays.stream(buckets).sum();
  }

  /// Counts one duration.
  ///
  /// @param durationUs microseconds, 0 to [RequestEvent#MAX_DURATION_US]
  public void add(long durationUs) {
    count++;
    if (durationUs == 0) {
      zeroCount++;
    } else {
      int index = index(durationUs);
      if (index < offset || index >= offset + length) {
        reserve(index, index);
      }
      buckets[index - offset]++;
    }
  }

  /// Counts all that another sketch has counted.
  public void merge(LatencySketch other) {
    count += other.count;
    zeroCount += other.zeroCount;
    if (other.length > 0) {
      reserve(other.offset, other.offset + other.length - 1);
      int shift = other.offset - offset;
      for (int i = 0; i < other.length; i++) {
        buckets[i + shift] += other.buckets[i];
      }
    }
  }

  /// Takes off all that another sketch has counted.
  ///
  /// @return false, and nothing has changed, if it has counted something that this one has not
  public boolean remove(LatencySketch other) {
    if (zeroCount < other.zeroCount) {
      return false;
    }
    for (int i = 0; i < other.length; i++) {
      int at = i + other.offset - offset;
      if (other.buckets[i] > (at < 0 || at >= length ? 0 : buckets[at])) {
        return false;
      }
    }
    count -= other.count;
    zeroCount -= other.zeroCount;
    for (int i = 0; i < other.length; i++) {
      if (other.buckets[i] > 0) {
        buckets[i + other.offset - offset] -= other.buckets[i];
      }
    }
    return true;
  }

  /// Forgets all durations, but keeps its buckets for the next ones.
  public void clear() {
    count = 0;
    zeroCount = 0;
    Arrays.fill(buckets, 0, length, 0);
  }

  /// Room that [#write] needs at most, in bytes.
  public int maxBytes() {
    return (4 + length) * Varint.MAX_BYTES;
  }

  /// Writes the counts, without empty buckets at either end; a run of empty ones takes two numbers.
  ///
  /// @param out with room for [#maxBytes()]
  public void write(ByteBuffer out) {
    int from = firstFilled();
    int to = afterLastFilled(from);
    Varint.write(zeroCount, out);
    // The lowest index is that of 1 µs, -1.
    Varint.write(from == to ? 0 : offset + from + 1, out);
    Varint.write(to - from, out);
    for (int i = from; i < to; i++) {
      Varint.write(buckets[i], out);
      if (buckets[i] == 0) {
        int empty = i;
        while (buckets[i + 1] == 0) {
          i++;
        }
        Varint.write(i - empty, out);
      }
    }
  }

  /// Counts all that [#write] has written.
  public void merge(ByteBuffer in) {
    long zeros = Varint.read(in);
    zeroCount += zeros;
    count += zeros;
    int first = (int) Varint.read(in) - 1;
    int size = (int) Varint.read(in);
    if (size == 0) {
      return;
    }
    reserve(first, first + size - 1);
    int shift = first - offset;
    for (int i = 0; i < size; i++) {
      long more = Varint.read(in);
      if (more == 0) {
        i += (int) Varint.read(in);
      } else {
        buckets[i + shift] += more;
        count += more;
      }
    }
  }

  private int firstFilled() {
    int from = 0;
    while (from < length && buckets[from] == 0) {
      from++;
    }
    return from;
  }

  private int afterLastFilled(int from) {
    int to = length;
    while (to > from && buckets[to - 1] == 0) {
      to--;
    }
    return to;
  }

  /// How many durations were counted.
  public long count() {
    return count;
  }

  /// How many of them were 0.
  public long zeroCount() {
    return zeroCount;
  }

  /// The nearest-rank quantile in microseconds: the middle of the bucket that holds it.
  ///
  /// @param quantile 0 to 1
  /// @throws IllegalStateException if nothing was counted
  public double quantile(double quantile) {
    if (count == 0) {
      throw new IllegalStateException("an empty sketch has no quantiles");
    }
    long remaining = DurationStats.rank(quantile, count) - zeroCount;
    if (remaining <= 0) {
      return 0;
    }
    for (int i = 0; i < length; i++) {
      remaining -= buckets[i];
      if (remaining <= 0) {
        return middle(offset + i);
      }
    }
    throw new IllegalStateException("bucket counts do not add up to " + count);
  }

  /// The usual percentiles with an exact mean and maximum, which a histogram does not have.
  ///
  /// @param sumUs sum of all durations
  /// @param maxUs the largest of them; no percentile is reported above it
  public DurationStats stats(double sumUs, long maxUs) {
    return new DurationStats(
        count,
        sumUs / count,
        Math.min(quantile(0.5), maxUs),
        Math.min(quantile(0.9), maxUs),
        Math.min(quantile(0.95), maxUs),
        Math.min(quantile(0.99), maxUs),
        Math.min(quantile(0.999), maxUs),
        maxUs);
  }

  /// What this sketch holds, without empty buckets at either end.
  public ExponentialHistogram histogram() {
    int from = firstFilled();
    int to = afterLastFilled(from);
    return new ExponentialHistogram(
        SCALE, zeroCount, from == to ? 0 : offset + from, Arrays.copyOfRange(buckets, from, to));
  }

  /// The bucket of a positive duration: `ceil(log2(value) · 2^SCALE) − 1`, by exact comparison with
  /// the bucket boundaries.
  static int index(long value) {
    int exponent = 63 - Long.numberOfLeadingZeros(value);
    long mantissa = value << (52 - exponent);
    int bucket = FIRST_BUCKET[(int) (mantissa >>> 44) & 0xff];
    // At most one boundary lies between mantissas with the same leading bits. Whether it is passed
    // is a toss-up, on which a branch would mostly be wrong.
    bucket += (int) ((UPPER[bucket] - mantissa) >>> 63);
    return exponent * BUCKETS_PER_DOUBLING + bucket - 1;
  }

  /// Where a quantile in this bucket is reported: with the same relative error to both bounds.
  private static double middle(int index) {
    double lower = Math.pow(2, index / (double) BUCKETS_PER_DOUBLING);
    double upper = Math.pow(2, (index + 1) / (double) BUCKETS_PER_DOUBLING);
    return 2 * lower * upper / (lower + upper);
  }

  private void reserve(int first, int last) {
    if (length == 0) {
      offset = first;
    }
    int newFirst = Math.min(offset, first);
    int newLast = Math.max(offset + length - 1, last);
    int newLength = newLast - newFirst + 1;
    if (newFirst == offset && newLength <= buckets.length) {
      length = newLength;
    } else if (newFirst < offset || newLength > length) {
      // Some room above: latencies have long right tails.
      long[] wider = new long[newLength + Math.max(8, newLength / 4)];
      System.arraycopy(buckets, 0, wider, offset - newFirst, length);
      buckets = wider;
      offset = newFirst;
      length = newLength;
    }
  }

  private static double relativeError() {
    double base = Math.pow(2, 1.0 / BUCKETS_PER_DOUBLING);
    return (base - 1) / (base + 1);
  }

  private static long[] mantissaBoundaries() {
    long[] upper = new long[BUCKETS_PER_DOUBLING + 1];
    for (int k = 0; k < upper.length; k++) {
      upper[k] = (long) (Math.pow(2, k / (double) BUCKETS_PER_DOUBLING) * (1L << 52));
    }
    return upper;
  }

  private static byte[] firstBuckets() {
    byte[] first = new byte[256];
    for (int lead = 0; lead < first.length; lead++) {
      long smallest = (1L << 52) | ((long) lead << 44);
      int bucket = 0;
      while (bucket < BUCKETS_PER_DOUBLING && smallest > UPPER[bucket]) {
        bucket++;
      }
      first[lead] = (byte) bucket;
    }
    return first;
  }
}
