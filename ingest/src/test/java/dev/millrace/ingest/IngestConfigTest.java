package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class IngestConfigTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void listensOnLoopbackByDefault() {
    IngestConfig config = IngestConfig.of("localhost:9092", IngestConfig.DEFAULT_PORT);
    assertEquals("127.0.0.1", config.host());
    assertEquals(8081, config.port());
    assertEquals(64 << 20, config.limits().maxInFlight());
    assertFalse(config.isOpen());
  }

  @Test
  void isOpenToOthersUnlessThereAreBothTlsAndKeys() {
    TlsFiles tls = new TlsFiles(Path.of("cert"), Path.of("key"));
    assertTrue(config("0.0.0.0", Optional.empty(), Optional.empty()).isOpen());
    assertTrue(config("0.0.0.0", Optional.of(tls), Optional.empty()).isOpen());
    assertTrue(config("0.0.0.0", Optional.empty(), Optional.of(Path.of("keys"))).isOpen());
    assertFalse(config("0.0.0.0", Optional.of(tls), Optional.of(Path.of("keys"))).isOpen());
  }

  @Test
  void namesOptionValueAndRange() {
    assertRefused("--port 65536: must be 0 to 65535", 65_536, SECOND, SECOND, SECOND);
    assertRefused(
        "--kafka-timeout 10ms: must be 100ms to 60s", 1, Duration.ofMillis(10), SECOND, SECOND);
    assertRefused(
        "--delivery-timeout 10ms: must be 1s to 2m", 1, SECOND, Duration.ofMillis(10), SECOND);
    assertRefused(
        "--max-future-skew -1000ms: must be 0s to 36500d", 1, SECOND, SECOND, SECOND.negated());
    assertLimitRefused("--max-in-flight 1: must be 1048576 to 1073741824", 1, 65_536, 1, 1, SECOND);
    assertLimitRefused("--max-body 1: must be 65536 to 131072", 1 << 20, 1, 1, 1, SECOND);
    assertLimitRefused("--max-connections 0: must be 1 to 1000000", 1 << 20, 65_536, 0, 1, SECOND);
    assertLimitRefused(
        "--max-connections-per-address 0: must be 1 to 1000000", 1 << 20, 65_536, 1, 0, SECOND);
    assertLimitRefused(
        "--header-timeout 0ms: must be 100ms to 1h", 1 << 20, 65_536, 1, 1, Duration.ZERO);
  }

  private static IngestConfig config(String host, Optional<TlsFiles> tls, Optional<Path> apiKeys) {
    return new IngestConfig(
        "localhost:9092",
        host,
        1,
        HttpLimits.DEFAULT,
        SECOND,
        SECOND,
        SECOND,
        tls,
        apiKeys,
        Map.of());
  }

  private static void assertRefused(
      String message, int port, Duration kafka, Duration delivery, Duration skew) {
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new IngestConfig(
                        "localhost:9092",
                        "localhost",
                        port,
                        HttpLimits.DEFAULT,
                        skew,
                        kafka,
                        delivery,
                        Optional.empty(),
                        Optional.empty(),
                        Map.of()))
            .getMessage());
  }

  private static void assertLimitRefused(
      String message, long inFlight, int body, int connections, int perAddress, Duration time) {
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class,
                () -> new HttpLimits(inFlight, body, connections, perAddress, time, SECOND, SECOND))
            .getMessage());
  }
}
