package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunConfigTest {
  @ParameterizedTest
  @CsvSource({"1, 0", "9, 0", "10, 1", "30, 3", "60, 5", "3600, 5"})
  void warmUpIsATenthAndAtMostFiveSeconds(long run, long warmUp) {
    assertEquals(Duration.ofSeconds(warmUp), RunConfig.defaultWarmUp(Duration.ofSeconds(run)));
  }

  @ParameterizedTest
  @CsvSource({"1500, --warm-up 1500ms", "10000, --warm-up 10s", "-1000, --warm-up -1s"})
  void warmUpIsWholeSecondsAndShorterThanTheRun(long millis, String start) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> config(Duration.ofMillis(millis)));
    assertTrue(e.getMessage().startsWith(start + ":"), e.getMessage());
  }

  @Test
  void sharesOfAllWorkersAreTheWhole() {
    for (int workers = 1; workers < 6; workers++) {
      for (long events = 0; events < 20; events++) {
        long sum = 0;
        for (int worker = 0; worker < workers; worker++) {
          sum += new RunConfig.Share(worker, workers).of(events);
        }
        assertEquals(events, sum);
      }
    }
  }

  private static RunConfig config(Duration warmUp) {
    return new RunConfig(
        Scenario.steady(1, Duration.ofSeconds(10), 1, 1, 1),
        "localhost:1",
        Map.of(),
        Optional.empty(),
        Path.of("ledger"),
        Optional.empty(),
        warmUp,
        EndToEnd.NONE,
        RunConfig.Share.ALL,
        OptionalLong.empty(),
        OptionalLong.empty(),
        List.of(),
        "");
  }
}
