package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PointInTimeTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "now, 2026-11-21T10:00:00Z",
    "-15m, 2026-11-21T09:45:00Z",
    "-1.5h, 2026-11-21T08:30:00Z",
    "+1s, 2026-11-21T10:00:01Z",
    "2026-11-21T09:00:00Z, 2026-11-21T09:00:00Z",
    "2026-11-21T09:00:00+02:00, 2026-11-21T07:00:00Z",
    "2026-11-21T09:00, 2026-11-21T09:00:00Z",
    "2026-11-21 09:00:01, 2026-11-21T09:00:01Z",
    "2026-11-21, 2026-11-21T00:00:00Z",
    "1795255200, 2026-11-21T10:00:00Z",
    "1795255200000, 2026-11-21T10:00:00Z",
    "0, 1970-01-01T00:00:00Z"
  })
  void timesAreRead(String text, Instant expected) {
    assertEquals(expected, PointInTime.parse("--from", text, NOW));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yesterday",
        "-15",
        "15m",
        "-15x",
        "2026-13-01",
        "2026-11-21T25:00",
        "99999999999999",
        "12345678901234567",
        "-99999999999999d",
        "10:00"
      })
  void othersAreRefused(String text) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> PointInTime.parse("--from", text, NOW));
    assertTrue(refusal.getMessage().startsWith("--from '" + text + "' is not a time; write now"));
  }
}
