package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class TimelineTest {
  /// Nothing for a second, then slow for five, then at the full rate; seen in steps of commits.
  private static Timeline warmingUp(long events, double ratePerS, int stepTenths) {
    Timeline timeline = new Timeline(events);
    long done = 0;
    for (int i = 1; done < events; i++) {
      double seconds = i / 10.0;
      double committed = i / stepTenths * stepTenths / 10.0;
      double slow = Math.clamp(committed - 1, 0, 5) * ratePerS / 10;
      double quick = Math.max(0, committed - 6) * ratePerS;
      done = Math.min(events, Math.round(slow + quick));
      timeline.add(seconds, done);
    }
    return timeline;
  }

  @Test
  void wholeRateCountsFromTheStartOfTheProcess() {
    Timeline timeline = new Timeline(1_000);
    timeline.add(1, 0);
    timeline.add(2, 1_000);
    assertEquals(500, timeline.eventsPerS());
  }

  @Test
  void steadyRateLeavesWarmUpOut() {
    Timeline timeline = warmingUp(10_000_000, 1_000_000, 1);
    assertTrue(timeline.eventsPerS() < 700_000);
    assertEquals(1_000_000, timeline.steadyPerS().orElseThrow(), 1);
  }

  @Test
  void steadyRateHoldsWhenCommitsAreFarApart() {
    Timeline timeline = warmingUp(10_000_000, 1_000_000, 5);
    assertEquals(1_000_000, timeline.steadyPerS().orElseThrow(), 40_000);
  }

  @Test
  void aShortRunHasNoSteadyRate() {
    assertEquals(OptionalDouble.empty(), warmingUp(1_000_000, 1_000_000, 1).steadyPerS());
  }

  @Test
  void whatWasDoneEarlyIsTheMostThatWasSeenUntilThen() {
    Timeline timeline = new Timeline(1_000);
    timeline.add(2.5, 400);
    timeline.add(2.9, 390);
    timeline.add(3.1, 900);
    assertEquals(400, timeline.doneWithin(3));
  }
}
