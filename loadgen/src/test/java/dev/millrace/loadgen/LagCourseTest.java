package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.LagCourse.Sample;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LagCourseTest {
  private static final long PER_S = 10_000;

  /// Four looks a second, for ten seconds.
  static LagCourse course(long perS, LongUnaryOperator lagAtMs) {
    return new LagCourse(
        LongStream.rangeClosed(0, 40)
            .map(i -> i * 250)
            .mapToObj(ms -> new Sample(ms, perS * ms / 1_000, lagAtMs.applyAsLong(ms)))
            .toList(),
        0,
        10_000);
  }

  @Test
  void aSawOfCommitsIsFlat() {
    LagCourse saw = course(PER_S, ms -> ms % 1_000 * PER_S / 1_000);
    assertTrue(Math.abs(saw.growth()) < 0.1 * PER_S, saw.growth() + "");
    assertTrue(Slo.isFlat(saw));
    assertEquals(7_500, saw.peak());
  }

  @Test
  void fiveInAHundredThatAreNotWorkedOffAreNotFlat() {
    LagCourse growing = course(PER_S, ms -> ms * PER_S / 20_000);
    // Between the means of two thirds lie two thirds of the time.
    assertEquals(10 * PER_S * 0.05 * 2 / 3, growing.growth(), 0.01 * PER_S);
    assertFalse(Slo.isFlat(growing));
  }

  @Test
  void aLagThatShrinksIsFlat() {
    assertTrue(Slo.isFlat(course(PER_S, ms -> 50_000 - ms)));
  }

  @Test
  void whatIsMeasuredInSecondsOfInputDoesNotDependOnTheRate() {
    for (long perS : new long[] {100, 1_000_000}) {
      assertEquals(0.333, course(perS, ms -> ms * perS / 20_000).growthS().orElseThrow(), 0.02);
    }
  }

  /// As if nobody had answered for a while.
  static LagCourse without(LagCourse of, long fromMs, long toMs) {
    return new LagCourse(
        of.samples().stream()
            .filter(sample -> sample.atMs() < fromMs || sample.atMs() > toMs)
            .toList(),
        of.fromMs(),
        of.toMs());
  }

  @Test
  void aTimeWithoutALookTellsNothingWhereverItIs() {
    LagCourse whole = course(PER_S, ms -> 100);
    assertTrue(without(whole, 4_000, 4_500).isKnown(), "a second between two looks");
    assertFalse(without(whole, 0, 2_000).isKnown());
    assertFalse(without(whole, 4_000, 5_000).isKnown());
    assertFalse(without(whole, 8_500, 10_000).isKnown());
    assertEquals(1_500, without(whole, 4_000, 5_000).longestGapMs());
  }

  @Test
  void tooFewLooksTellNothing() {
    LagCourse few = without(course(PER_S, ms -> ms), 1_001, 10_000);
    assertFalse(few.isKnown());
    assertTrue(few.growthS().isEmpty());
    assertFalse(Slo.isFlat(few));
    assertTrue(Slo.areRowsFlat(few), "a sink need not be there");
  }

  @Test
  void aGroupThatStandsStillWhileNothingComesIsFlat() {
    assertTrue(Slo.isFlat(course(0, ms -> 5)));
  }
}
