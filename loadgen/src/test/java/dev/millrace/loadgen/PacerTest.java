package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacerTest {
  private static final long MS = 1_000_000;

  @Test
  void sleepsUntilShortlyBeforeAnEventThatIsFarOff() {
    assertEquals(5 * MS - Pacer.OVERSLEEP_NANOS, Pacer.sleepNanos(5 * MS, 5 * MS));
  }

  @Test
  void spinsForTheRest() {
    assertEquals(Pacer.SPIN, Pacer.sleepNanos(Pacer.OVERSLEEP_NANOS, 5 * MS));
    assertEquals(Pacer.SPIN, Pacer.sleepNanos(1, 5 * MS));
  }

  @ParameterizedTest
  @ValueSource(longs = {1_000, 10_000, 100_000, 1_000_000})
  void neverSpinsBeforeEventsThatFollowCloseOnEachOther(long gap) {
    for (long untilDue = 1; untilDue <= gap; untilDue *= 2) {
      assertTrue(Pacer.sleepNanos(untilDue, gap) >= Pacer.MIN_SLEEP_NANOS);
    }
  }

  /// What there is to spin between two events, by the shortest gap before which it is done at all.
  @Test
  void spinningTakesAtMostATwentiethOfACore() {
    assertTrue(Pacer.OVERSLEEP_NANOS * 20 <= Pacer.SPIN_FROM_GAP_NANOS);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 3_600_000 * MS})
  void neverSleepsLongerThanAStopMayWait(long gap) {
    assertEquals(Pacer.MAX_SLEEP_NANOS, Pacer.sleepNanos(3_600_000 * MS, gap));
  }
}
