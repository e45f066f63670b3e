package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoadConfigTest {
  @Test
  void badValuesAreRefusedWithOptionAndValue() {
    Duration second = Duration.ofSeconds(1);
    assertRefused("--rate -5:", () -> new LoadConfig(-5, second, 1, 1, 0));
    assertRefused("--rate 0:", () -> new LoadConfig(0, second, 1, 1, 0));
    assertRefused("--rate NaN:", () -> new LoadConfig(Double.NaN, second, 1, 1, 0));
    assertRefused("--duration 0s:", () -> new LoadConfig(1, Duration.ZERO, 1, 1, 0));
    assertRefused("--services 0 --routes 1:", () -> new LoadConfig(1, second, 0, 1, 0));
    assertRefused(
        "--services 100000 --routes 100000:", () -> new LoadConfig(1, second, 100_000, 100_000, 0));
  }

  private static void assertRefused(String start, Runnable make) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, make::run);
    assertTrue(e.getMessage().startsWith(start), e.getMessage());
  }
}
