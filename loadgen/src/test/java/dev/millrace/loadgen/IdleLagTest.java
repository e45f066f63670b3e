package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.LagCourse.Sample;
import dev.millrace.loadgen.LagSampler.Look;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class IdleLagTest {
  private static Look look(long ms, long input, long sums, Long rows) {
    return new Look(
        new Sample(ms, 0, input),
        new Sample(ms, 0, sums),
        rows == null ? null : new Sample(ms, 0, rows),
        0);
  }

  /// Four looks a second.
  private static List<Look> looks(long toMs, LongUnaryOperator input) {
    return LongStream.rangeClosed(0, toMs / 250)
        .mapToObj(i -> look(i * 250, input.applyAsLong(i * 250), 4, 7L))
        .toList();
  }

  @Test
  void whatIsLeftOfBeforeIsWaitedFor() {
    LongUnaryOperator falling = ms -> Math.max(12, 100_000 - 10 * ms);
    assertEquals(Optional.empty(), IdleLag.of(looks(11_000, falling)));
    assertEquals(Optional.of(new IdleLag(12, 4, 7)), IdleLag.of(looks(13_000, falling)));
  }

  @Test
  void ofTheSawThatOthersMakeTheLowestCounts() {
    assertEquals(
        Optional.of(new IdleLag(500, 4, 7)), IdleLag.of(looks(3_500, ms -> 500 + ms % 1_000 * 10)));
  }

  @Test
  void withoutLooksNothingIsKnown() {
    assertEquals(Optional.empty(), IdleLag.of(List.of()));
  }

  @Test
  void doneIsWhoIsNoFurtherBehindThanWhenIdle() {
    IdleLag idle = new IdleLag(5_000, 4, 0);
    assertTrue(idle.isDone(look(0, 5_000, 1_000, null), 100));
    assertFalse(idle.isDone(look(0, 5_001, 0, null), 100));
    assertTrue(idle.isDone(look(0, 10_000, 0, 1_000L), 100_000));
    assertFalse(idle.isDone(look(0, 0, 0, 1_001L), 100_000));
  }

  @Test
  void sumsThatWaitToBeMergedAreNotDone() {
    assertFalse(new IdleLag(0, 0, 0).isDone(look(0, 0, 1_001, 0L), 100_000));
    assertTrue(new IdleLag(0, 2_000, 0).isDone(look(0, 0, 2_000, 0L), 100_000));
  }
}
