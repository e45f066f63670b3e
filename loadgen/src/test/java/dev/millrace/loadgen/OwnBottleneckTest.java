package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class OwnBottleneckTest {
  @Test
  void aRunThatKeptItsScheduleIsValid() {
    assertEquals(List.of(), judged(true, 1_000, 9.9, 0, 0.9, 0.9).causes());
  }

  @Test
  void moreThanOneInAHundredLateEventsAreTold() {
    String cause = only(judged(true, 1_001, 10, 0, 0.5, 0.5));
    assertTrue(cause.startsWith("1.0 % of the events were handed over more than 10 ms"), cause);
  }

  @Test
  void aRateThatWasNotReachedIsTold() {
    String cause = only(judged(true, 0, 20, 0, 0.5, 0.5));
    assertEquals("The rate was not reached: the schedule has 10,000/s, 5,000/s were sent.", cause);
  }

  @Test
  void aTargetThatHeldItUpIsToldWithIt() {
    List<String> causes = judged(true, 50_000, 10, 3, 0.5, 0.5).causes();
    assertEquals(2, causes.size());
    assertTrue(causes.get(1).contains("for 3.0 s, sending waited"), causes.get(1));
  }

  @Test
  void cpuWithoutReservesIsTold() {
    assertTrue(only(judged(true, 0, 10, 0, 0.97, 0.5)).contains("97 % of this machine's CPU"));
    assertTrue(
        only(judged(true, 0, 10, 0, 0.5, 0.99)).contains("sending thread was busy for 99 %"));
  }

  @Test
  void asFastAsPossibleIsNeverLate() {
    assertEquals(List.of(), judged(false, 100_000, 20, 9, 0.5, 0.5).causes());
  }

  private static String only(OwnBottleneck bottleneck) {
    assertEquals(1, bottleneck.causes().size(), bottleneck.causes().toString());
    return bottleneck.causes().getFirst();
  }

  private static OwnBottleneck judged(
      boolean paced, long late, double seconds, double blockedS, double cpu, double senderCpu) {
    return new OwnBottleneck(
        paced, 100_000, late, 10_000, 100_000 / seconds, blockedS, seconds, cpu, senderCpu);
  }
}
