package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaxSearchConfigTest {
  private static MaxSearchConfig config(double rate, long stepS, long warmUpS, double by, int n) {
    return new MaxSearchConfig(
        Scenario.steady(),
        rate,
        Duration.ofSeconds(stepS),
        Duration.ofSeconds(warmUpS),
        by,
        n,
        Slo.DEFAULT,
        "localhost:1",
        Map.of(),
        Optional.empty(),
        "millrace",
        "millrace-sink",
        new RunFolder(Path.of("run")),
        List.of(),
        "");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 15, 5, 0.05, 25, --rate 0:",
    "Infinity, 15, 5, 0.05, 25, --rate Infinity:",
    "1000, 5, 3, 0.05, 25, --warm-up 3s:",
    "1000, 15, -1, 0.05, 25, --warm-up -1s:",
    "1000, 15, 5, 0.001, 25, --resolution 0.001:",
    "1000, 15, 5, 0.6, 25, --resolution 0.6:",
    "1000, 15, 5, 0.05, 2, --max-steps 2:",
  })
  void badValuesAreRefused(double rate, long stepS, long warmUpS, double by, int n, String start) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> config(rate, stepS, warmUpS, by, n));
    assertTrue(e.getMessage().startsWith(start), e.getMessage());
  }

  @Test
  void theDefaultsAreAccepted() {
    MaxSearchConfig usual =
        config(
            MaxSearchConfig.DEFAULT_START_PER_S,
            MaxSearchConfig.DEFAULT_STEP.toSeconds(),
            MaxSearchConfig.defaultWarmUp(MaxSearchConfig.DEFAULT_STEP).toSeconds(),
            MaxSearchConfig.DEFAULT_RESOLUTION,
            MaxSearchConfig.DEFAULT_MAX_STEPS);
    assertEquals(Duration.ofSeconds(5), usual.warmUp());
  }
}
