package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LatencySketch;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeatColumnTest {
  private static long[] line(long... durationsUs) {
    LatencySketch sketch = new LatencySketch();
    Arrays.stream(durationsUs).forEach(sketch::add);
    HeatColumn column = new HeatColumn();
    column.add(sketch.histogram());
    return column.line(7_000);
  }

  @Test
  void noDurationsAreTheStartAlone() {
    HeatColumn column = new HeatColumn();
    column.add(null);
    assertArrayEquals(new long[] {7_000}, column.line(7_000));
  }

  /// 16 µs is the upper bound of bucket 15, and 17 µs the first in the next one.
  @Test
  void boundsAreThoseOfPowersOfTheFourthRootOfTwo() {
    assertArrayEquals(new long[] {7_000, 15, 2, 1}, line(15, 16, 17));
  }

  @Test
  void nothingAndOneMicrosecondAreInTheLowest() {
    assertArrayEquals(new long[] {7_000, -1, 2, 0, 0, 0, 1}, line(0, 1, 2));
  }

  @Test
  void everyDurationIsInTheBucketOfItsLogarithm() {
    Random random = new Random(42);
    long[] durations =
        random.longs(10_000, 0, 24).map(power -> (1L << power) + (3L << power) / 7).toArray();
    long[] line = line(durations);
    long counted = 0;
    for (int i = 2; i < line.length; i++) {
      long bucket = line[1] + i - 2;
      double from = Math.pow(2, bucket / 4.0);
      double to = Math.pow(2, (bucket + 1) / 4.0);
      long expected = Arrays.stream(durations).filter(us -> us > from && us <= to).count();
      assertEquals(expected, line[i], "bucket " + bucket);
      counted += line[i];
    }
    assertEquals(durations.length, counted);
  }

  @Test
  void theLongestDurationHasABucket() {
    long[] line = line(1L << 40);
    assertTrue(line[1] <= 160, Arrays.toString(line));
    assertEquals(1, line[2]);
  }
}
