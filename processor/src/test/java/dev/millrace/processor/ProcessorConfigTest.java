package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.WindowSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ProcessorConfigTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Set<WindowSize> ALL = Set.of(WindowSize.values());

  @Test
  void usualSettingsAreExactlyOnceWithAllWindows() {
    ProcessorConfig config = ProcessorConfig.of("k:1", Path.of("state"));
    assertTrue(config.exactlyOnce());
    assertEquals(2, config.threads());
    assertEquals("millrace", config.applicationId());
    assertEquals(SECOND, config.commitInterval());
    WindowingConfig windowing = config.windowing();
    assertEquals(ALL, windowing.sizes());
    assertEquals(SECOND, windowing.outOfOrderness());
    assertEquals(Duration.ofSeconds(10), windowing.allowedLateness());
    assertEquals(Duration.ofSeconds(2), windowing.idleTimeout());
    assertEquals(Duration.ofMinutes(10), windowing.idleRetention());
    assertEquals(10_000, windowing.maxSeries());
    assertEquals(Duration.ofSeconds(10), windowing.maxFutureSkew());
  }

  @Test
  void badValuesAreRefusedWithOptionValueAndRange() {
    assertRefused("--threads 0: must be 1 to 256", () -> processor(0, SECOND, "a", 10_000));
    assertRefused(
        "--commit-interval 5ms: must be 10ms to 5s",
        () -> processor(1, Duration.ofMillis(5), "a", 10_000));
    assertRefused(
        "--application-id a b: must be letters", () -> processor(1, SECOND, "a b", 10_000));
    assertRefused(
        "--windows-in-memory 9999: must be 10000 to 1000000000",
        () -> processor(1, SECOND, "a", 9_999));
    assertRefused(
        "--windows is empty",
        () -> new WindowingConfig(Set.of(), SECOND, SECOND, SECOND, SECOND, 1, SECOND));
    assertRefused(
        "--out-of-orderness -1s: must be 0s to 36500d",
        () -> windowing(Duration.ofSeconds(-1), SECOND, SECOND, SECOND, 1, SECOND));
    assertRefused(
        "--allowed-lateness -1ms: must be 0s to 36500d",
        () -> windowing(SECOND, Duration.ofMillis(-1), SECOND, SECOND, 1, SECOND));
    assertRefused(
        "--idle-timeout 100ms: must be 200ms to 3600s",
        () -> windowing(SECOND, SECOND, Duration.ofMillis(100), SECOND, 1, SECOND));
    assertRefused(
        "--idle-retention 1s: must be 2s to 7d",
        () -> windowing(SECOND, SECOND, Duration.ofSeconds(2), SECOND, 1, SECOND));
    assertRefused(
        "--max-series 0: must be 1 to 500000",
        () -> windowing(SECOND, SECOND, SECOND, SECOND, 0, SECOND));
    assertRefused(
        "--max-future-skew -1s: must be 0s to 36500d",
        () -> windowing(SECOND, SECOND, SECOND, SECOND, 1, Duration.ofSeconds(-1)));
  }

  private static void processor(int threads, Duration commitInterval, String id, int windows) {
    new ProcessorConfig(
        "k:1",
        id,
        threads,
        WindowingConfig.DEFAULT,
        commitInterval,
        windows,
        true,
        Path.of("s"),
        Map.of());
  }

  private static void windowing(
      Duration outOfOrderness,
      Duration allowedLateness,
      Duration idleTimeout,
      Duration idleRetention,
      int maxSeries,
      Duration maxFutureSkew) {
    new WindowingConfig(
        ALL, outOfOrderness, allowedLateness, idleTimeout, idleRetention, maxSeries, maxFutureSkew);
  }

  private static void assertRefused(String start, Executable made) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, made);
    assertTrue(e.getMessage().startsWith(start), e.getMessage());
  }
}
