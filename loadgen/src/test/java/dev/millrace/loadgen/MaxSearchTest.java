package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MaxSearchTest {
  private static boolean isWarm(Long... e2eP99Us) {
    return MaxSearch.isWarm(Arrays.asList(e2eP99Us));
  }

  @Test
  void warmIsWhatNoLongerGetsFaster() {
    assertFalse(isWarm());
    assertFalse(isWarm(4_760_000L));
    assertFalse(isWarm(4_760_000L, 3_560_000L));
    assertFalse(isWarm(4_760_000L, 3_560_000L, 2_930_000L));
    assertTrue(isWarm(4_760_000L, 3_560_000L, 3_300_000L));
    assertTrue(isWarm(2_000_000L, 2_100_000L));
    assertTrue(isWarm(9_000_000L, 7_000_000L, 5_000_000L, 3_000_000L), "enough is enough");
  }

  @Test
  void whereNoRowIsSeenWarmthCannotBeTold() {
    assertTrue(isWarm(null, null));
    assertFalse(isWarm(null, 4_000_000L));
    assertFalse(isWarm(4_000_000L, null));
  }

  @Test
  void incidentsTakeTheSameShareOfAStepAndOfAConfirmation() {
    Scenario steady = Scenario.steady(1_000, Duration.ofSeconds(100), 2, 1, 1);
    Scenario scenario =
        new Scenario(
            "incident",
            1,
            steady.load(),
            new Traffic(
                steady.traffic().services(),
                steady.traffic().routes(),
                1,
                Scenario.DEFAULT_LATENCY,
                0,
                0,
                0,
                1,
                1,
                0,
                Traffic.Key.NONE,
                List.of(
                    new Traffic.Incident(
                        "checkout", Duration.ofSeconds(50), Duration.ofSeconds(60), 2, 0))),
            Faults.NONE);
    for (long seconds : new long[] {18, 48}) {
      Scenario step = MaxSearchRun.scenario(scenario, 7_000, Duration.ofSeconds(seconds));
      Traffic.Incident incident = step.traffic().incidents().getFirst();
      assertEquals(Duration.ofMillis(seconds * 500), incident.from());
      assertEquals(Duration.ofMillis(seconds * 600), incident.until());
      assertEquals(7_000, step.load().meanPerS());
      assertEquals(Duration.ofSeconds(seconds), step.load().duration());
    }
  }
}
