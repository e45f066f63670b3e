package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class EndToEndTest {
  private static final long LENGTH = Duration.ofSeconds(18).toNanos();

  private static boolean covers(EndToEnd of, long dueMs) {
    return of.covers(Duration.ofMillis(dueMs).toNanos(), LENGTH);
  }

  @Test
  void eventsOfTheWarmUpAndOfTheEndAreNotLookedFor() {
    EndToEnd step =
        new EndToEnd(true, Duration.ofSeconds(5), Duration.ofSeconds(3), EndToEnd.LINGER);
    assertFalse(covers(step, 4_999));
    assertTrue(covers(step, 5_000) && covers(step, 14_999));
    assertFalse(covers(step, 15_000));
  }

  @Test
  void ofAnOrdinaryRunAllAreAndOfOneThatIsNotMeasuredNone() {
    assertTrue(covers(EndToEnd.ALL, 0) && covers(EndToEnd.ALL, 17_999));
    assertFalse(covers(EndToEnd.NONE, 9_000));
  }
}
