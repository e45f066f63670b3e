package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IngestConfigTest {
  @Test
  void listensOnLoopbackByDefault() {
    assertEquals("127.0.0.1", IngestConfig.of("k:1").host());
  }

  @Test
  void badValuesAreRefusedWithOptionAndRange() {
    assertRefused("--port 70000: must be 0 to 65535", 70_000, Duration.ofSeconds(1));
    assertRefused("--kafka-timeout 1ms: must be 100ms to 60s", 1, Duration.ofMillis(1));
  }

  private static void assertRefused(String sentence, int port, Duration timeout) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new IngestConfig("k:1", "127.0.0.1", port, timeout, Map.of()));
    assertTrue(e.getMessage().equals(sentence), e.getMessage());
  }
}
