package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessorConfigTest {
  @Test
  void usualSettingsAreExactlyOnceWithAnHourOfGrace() {
    ProcessorConfig config = ProcessorConfig.of("k:1", Path.of("state"));
    assertTrue(config.exactlyOnce());
    assertEquals(Duration.ofHours(1), config.grace());
    assertEquals(2, config.threads());
  }

  @Test
  void badValuesAreRefusedWithOptionValueAndRange() {
    assertRefused("--threads 0: must be 1 to 256", 0, Duration.ZERO, Duration.ofSeconds(1), "a");
    assertRefused("--grace -1s", 1, Duration.ofSeconds(-1), Duration.ofSeconds(1), "a");
    assertRefused("--commit-interval 5ms", 1, Duration.ZERO, Duration.ofMillis(5), "a");
    assertRefused("--application-id a b", 1, Duration.ZERO, Duration.ofSeconds(1), "a b");
  }

  private static void assertRefused(
      String start, int threads, Duration grace, Duration commitInterval, String id) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new ProcessorConfig(
                    "k:1",
                    id,
                    threads,
                    grace,
                    commitInterval,
                    Duration.ZERO,
                    true,
                    Path.of("s"),
                    Map.of()));
    assertTrue(e.getMessage().startsWith(start), e.getMessage());
  }
}
