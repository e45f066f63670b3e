package dev.millrace.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SeriesTest {
  @Test
  void keyIsReadBackThoughTheRouteHasTheSeparator() {
    Series series = new Series("a", "/b|c");
    assertEquals(series, Series.parse(series.key()));
  }

  @Test
  void keyWithoutSeparatorIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Series.parse("a"));
  }
}
