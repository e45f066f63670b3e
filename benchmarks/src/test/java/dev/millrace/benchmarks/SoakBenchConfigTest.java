package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoakBenchConfigTest {
  @TempDir private Path folder;

  private SoakBenchConfig config(Duration duration, double ratePerS) {
    return new SoakBenchConfig(Path.of("launcher"), duration, ratePerS, folder);
  }

  @Test
  void halfAnHourHasTwoMinutesOfWarmUpAndASampleEachTenSeconds() {
    SoakBenchConfig config = config(Duration.ofMinutes(30), 300_000);
    assertEquals(Duration.ofMinutes(2), config.warmUp());
    assertEquals(Duration.ofSeconds(10), config.interval());
  }

  @Test
  void aShortOneHasATenthOfWarmUpAndASampleASecond() {
    SoakBenchConfig config = config(Duration.ofMinutes(1), 300_000);
    assertEquals(Duration.ofSeconds(6), config.warmUp());
    assertEquals(Duration.ofSeconds(1), config.interval());
  }

  /// Raw events are deleted, rows and ledger are not.
  @Test
  void twiceAsLongDoesNotNeedTwiceAsMuch() {
    long half = config(Duration.ofMinutes(30), 300_000).neededBytes();
    long whole = config(Duration.ofMinutes(60), 300_000).neededBytes();
    assertTrue(whole > half && whole < 2 * half, half + " " + whole);
  }

  @Test
  void aDiskThatIsTooSmallIsRefusedWithFolderAndSizes() {
    Exception e =
        assertThrows(BenchException.class, config(Duration.ofDays(7), 10_000_000)::requireSpace);
    // A week of rows: more than what tests run on has free.
    assertTrue(
        e.getMessage().startsWith("--data " + folder + ": has ")
            && e.getMessage().contains("a soak of 604800 s at 10,000,000/s needs 6"),
        e.getMessage());
  }

  @Test
  void badValuesAreRefusedWithOptionAndValue() {
    for (Runnable make :
        new Runnable[] {
          () -> config(Duration.ofSeconds(19), 1_000),
          () -> config(Duration.ofDays(8), 1_000),
          () -> config(Duration.ofMinutes(1), 0),
          () -> config(Duration.ofMinutes(1), Double.NaN)
        }) {
      String message = assertThrows(IllegalArgumentException.class, make::run).getMessage();
      assertTrue(message.startsWith("--"), message);
    }
  }
}
