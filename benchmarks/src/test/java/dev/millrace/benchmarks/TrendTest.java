package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class TrendTest {
  private static final double NEARLY = 1e-9;

  private final double[] seconds = new double[40];
  private final double[] noise = new double[40];
  private Random random;

  private void fill(RepetitionInfo repetition) {
    random = new Random(repetition.getCurrentRepetition());
    double at = 0;
    for (int i = 0; i < seconds.length; i++) {
      at += 0.5 + random.nextDouble();
      seconds[i] = at;
      noise[i] = random.nextGaussian();
    }
  }

  private double[] line(double level, double slope) {
    return Arrays.stream(seconds).map(second -> level + slope * second).toArray();
  }

  @RepeatedTest(20)
  void lineHasItsSlope(RepetitionInfo repetition) {
    fill(repetition);
    double slope = random.nextDouble(-5, 5);
    Trend trend = Trend.of(seconds, line(100, slope));
    assertEquals(slope, trend.slopePerS(), NEARLY);
    assertEquals(slope * (seconds[seconds.length - 1] - seconds[0]), trend.growth(), 1e-6);
  }

  @RepeatedTest(20)
  void addingALineAddsItsSlopeAndScalingScales(RepetitionInfo repetition) {
    fill(repetition);
    double slope = random.nextDouble(-5, 5);
    double factor = random.nextDouble(0.1, 10);
    double[] line = line(7, slope);
    double[] both = new double[noise.length];
    for (int i = 0; i < both.length; i++) {
      both[i] = factor * noise[i] + line[i];
    }
    assertEquals(
        factor * Trend.of(seconds, noise).slopePerS() + slope,
        Trend.of(seconds, both).slopePerS(),
        NEARLY);
  }

  @RepeatedTest(20)
  void upsideDownItFalls(RepetitionInfo repetition) {
    fill(repetition);
    double[] negative = Arrays.stream(noise).map(value -> -value).toArray();
    assertEquals(
        -Trend.of(seconds, noise).slopePerS(), Trend.of(seconds, negative).slopePerS(), NEARLY);
  }

  @RepeatedTest(20)
  void orderOfSamplesDoesNotMatter(RepetitionInfo repetition) {
    fill(repetition);
    Trend before = Trend.of(seconds, noise);
    for (int i = seconds.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      swap(seconds, i, other);
      swap(noise, i, other);
    }
    assertEquals(before, Trend.of(seconds, noise));
  }

  private static void swap(double[] values, int one, int other) {
    double value = values[one];
    values[one] = values[other];
    values[other] = value;
  }

  /// Least squares would be off by thousands.
  @RepeatedTest(20)
  void aQuarterOfWildSamplesDoesNotMakeItSteep(RepetitionInfo repetition) {
    fill(repetition);
    double[] values = line(100, 0);
    for (int i = 0; i < values.length / 4; i++) {
      values[values.length - 1 - i] = 1e6 * random.nextDouble();
    }
    assertEquals(0, Trend.of(seconds, values).slopePerS(), NEARLY);
    assertEquals(100, Trend.of(seconds, values).median());
  }

  @RepeatedTest(20)
  void slopeLiesBetweenThoseOfNeighbours(RepetitionInfo repetition) {
    fill(repetition);
    double least = Double.MAX_VALUE;
    double most = -Double.MAX_VALUE;
    for (int i = 1; i < noise.length; i++) {
      double slope = (noise[i] - noise[i - 1]) / (seconds[i] - seconds[i - 1]);
      least = Math.min(least, slope);
      most = Math.max(most, slope);
    }
    double slope = Trend.of(seconds, noise).slopePerS();
    assertTrue(slope >= least && slope <= most, slope + " of " + least + " to " + most);
  }

  @Test
  void oneSampleHasNoSlope() {
    assertEquals(new Trend(5, 0, 0), Trend.of(new double[] {3}, new double[] {5}));
  }

  @Test
  void samplesOfOneMomentHaveNoSlope() {
    assertEquals(new Trend(6, 0, 0), Trend.of(new double[] {3, 3}, new double[] {5, 7}));
  }
}
