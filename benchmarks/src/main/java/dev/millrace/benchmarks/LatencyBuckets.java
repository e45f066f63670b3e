package dev.millrace.benchmarks;

import dev.millrace.events.LatencySketch;

/// Which bucket of a [LatencySketch] a duration belongs to, for who keeps the buckets himself.
final class LatencyBuckets {
  private static final int PER_DOUBLING = 1 << LatencySketch.SCALE;
  private static final int MANTISSA_BITS = 52;
  private static final int LEADING_BITS = 8;

  /// Upper bounds of the buckets between 1 and 2, as mantissas.
  private static final long[] UPPER = new long[PER_DOUBLING];

  /// The first bucket for a mantissa's leading bits.
  private static final byte[] FIRST = new byte[1 << LEADING_BITS];

  static {
    for (int i = 0; i < PER_DOUBLING; i++) {
      UPPER[i] = (long) (Math.pow(2, i / (double) PER_DOUBLING) * (1L << MANTISSA_BITS));
    }
    for (int lead = 0; lead < FIRST.length; lead++) {
      long smallest = (1L << MANTISSA_BITS) | (long) lead << (MANTISSA_BITS - LEADING_BITS);
      FIRST[lead] = (byte) bucket(smallest, 0);
    }
  }

  private LatencyBuckets() {}

  /// @param durationUs above 0
  static int index(long durationUs) {
    int exponent = 63 - Long.numberOfLeadingZeros(durationUs);
    long mantissa = durationUs << (MANTISSA_BITS - exponent);
    int lead = (int) (mantissa >>> (MANTISSA_BITS - LEADING_BITS)) & (FIRST.length - 1);
    return exponent * PER_DOUBLING + bucket(mantissa, FIRST[lead]) - 1;
  }

  private static int bucket(long mantissa, int from) {
    int bucket = from;
    while (bucket < PER_DOUBLING && mantissa > UPPER[bucket]) {
      bucket++;
    }
    return bucket;
  }
}
