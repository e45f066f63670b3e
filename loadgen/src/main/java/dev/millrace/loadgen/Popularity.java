package dev.millrace.loadgen;

/// Picks one of several with the popularity that Zipf found: the n-th is picked `1 / n^skew` as
/// often as the first. One look into a table (the alias method of Walker, as Vose builds it: "A
/// linear algorithm for generating random numbers with a given distribution", 1991).
final class Popularity {
  private static final double TWO_TO_32 = 4_294_967_296.0;

  private final double[] keep;
  private final int[] alias;

  Popularity(int count, double skew) {
    double[] share = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      share[i] = 1 / Math.pow(i + 1, skew);
      sum += share[i];
    }
    keep = new double[count];
    alias = new int[count];
    int[] small = new int[count];
    int[] large = new int[count];
    int smalls = 0;
    int larges = 0;
    for (int i = 0; i < count; i++) {
      share[i] *= count / sum;
      if (share[i] < 1) {
        small[smalls++] = i;
      } else {
        large[larges++] = i;
      }
    }
    while (smalls > 0 && larges > 0) {
      int less = small[--smalls];
      int more = large[larges - 1];
      keep[less] = share[less];
      alias[less] = more;
      share[more] -= 1 - share[less];
      if (share[more] < 1) {
        larges--;
        small[smalls++] = more;
      }
    }
    while (larges > 0) {
      keep[large[--larges]] = 1;
    }
    while (smalls > 0) {
      keep[small[--smalls]] = 1;
    }
  }

  /// @param random 64 random bits
  int pick(long random) {
    int column = (int) (((random >>> 32) * keep.length) >>> 32);
    return (random & 0xffffffffL) / TWO_TO_32 < keep[column] ? column : alias[column];
  }
}
