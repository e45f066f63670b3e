package dev.millrace.loadgen;

import java.util.SplittableRandom;

/// Events as independent users make them: exponential gaps, so that there are bursts, around a rate
/// that may change. Arrivals of a Poisson process with one event a unit are made block by block,
/// and time is stretched so that the rate becomes the curve's.
///
/// A look back beyond the last two blocks starts again from the first one: same answer, more work.
final class PoissonSchedule implements Schedule {
  private static final int BLOCK = 1_024;

  private final RateCurve curve;
  private final long seed;

  /// Arrivals of the block before and of the current one.
  private double[] before = new double[BLOCK];

  private double[] current = new double[BLOCK];
  private long block = -1;

  PoissonSchedule(RateCurve curve, long seed) {
    this.curve = curve;
    this.seed = seed;
  }

  @Override
  public long dueNanos(long index) {
    double arrival = arrival(index);
    return arrival < curve.events() ? (long) Math.ceil(curve.nanosOf(arrival)) : NEVER;
  }

  private double arrival(long index) {
    long wanted = index / BLOCK;
    if (wanted < block - 1) {
      block = -1;
    }
    while (block < wanted) {
      next();
    }
    return (wanted == block ? current : before)[(int) (index % BLOCK)];
  }

  private void next() {
    double last = block < 0 ? 0 : current[BLOCK - 1];
    double[] swap = before;
    before = current;
    current = swap;
    block++;
    SplittableRandom random = new SplittableRandom(EventRandom.mix(seed + block));
    for (int i = 0; i < BLOCK; i++) {
      last += random.nextExponential();
      current[i] = last;
    }
  }

  /// Walks on to the block in which the answer is; who asks for later and later times walks over
  /// each arrival once.
  @Override
  public long due(long elapsedNanos) {
    if (elapsedNanos < 0) {
      return 0;
    }
    if (block > 1 && dueNanos((block - 1) * BLOCK) > elapsedNanos) {
      block = -1;
    }
    if (block < 0) {
      next();
    }
    while (dueNanos((block + 1) * BLOCK - 1) <= elapsedNanos) {
      next();
    }
    long low = Math.max(0, block - 1) * BLOCK;
    long high = (block + 1) * BLOCK - 1;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (dueNanos(middle) <= elapsedNanos) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public long lengthNanos() {
    return curve.lengthNanos();
  }
}
