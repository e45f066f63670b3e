package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SeriesTableTest {
  /// The oracle is a hash map of strings.
  @Test
  void findsWhatAHashMapFinds() {
    SeriesTable table = new SeriesTable(100_000);
    Map<String, HeldSeries> expected = new HashMap<>();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 50_000; i++) {
      String service = name(random);
      // A route may have the separator in it.
      String route = name(random) + (random.nextInt(5) == 0 ? "|" + name(random) : "");
      HeldSeries known = expected.get(service + "|" + route);
      assertSame(known, find(table, service, route));
      if (known == null) {
        HeldSeries admitted = admit(table, service, route, 0);
        assertEquals(service + "|" + route, text(admitted));
        assertEquals(service + "|*", text(admitted.rollup));
        assertSame(table.total(), admitted.rollup.rollup);
        expected.put(service + "|" + route, admitted);
      }
    }
    assertEquals(expected.size(), table.size());
    assertEquals(0, table.takeFolded());
  }

  private static String name(SplittableRandom random) {
    return "aé/{}".substring(0, 1 + random.nextInt(5)) + random.nextInt(60);
  }

  @Test
  void aSeriesUnseenForLongGivesItsSlotToANewOne() {
    SeriesTable table = new SeriesTable(2);
    HeldSeries first = admit(table, "a", "/1", 0);
    HeldSeries second = admit(table, "a", "/2", 0);
    second.lastSeen = 5_000;
    second.rollup.lastSeen = 5_000;
    assertEquals("a|(other)", text(admit(table, "a", "/3", 1_000)));
    assertEquals(1, table.takeFolded());
    long later = SeriesTable.FORGET_MS + 3_000;
    assertEquals("a|/3", text(admit(table, "a", "/3", later)));
    assertNull(find(table, "a", "/1"));
    assertSame(second, find(table, "a", "/2"));
    assertSame(first.rollup, find(table, "a", "/3").rollup);
  }

  @Test
  void aSeriesThatHoldsEventsKeepsItsSlot() {
    SeriesTable table = new SeriesTable(1);
    admit(table, "a", "/1", 0).open(0);
    assertEquals("(other)|(other)", text(admit(table, "b", "/1", SeriesTable.FORGET_MS + 1)));
    assertNotNull(find(table, "a", "/1"));
  }

  @Test
  void windowsAreFoundInAnyOrderAndReleasedTogether() {
    HeldSeries series = admit(new SeriesTable(1), "a", "/", 0);
    for (long start : new long[] {5_000, 3_000, 9_000, 4_000}) {
      assertNull(series.find(start));
      assertEquals(start, series.open(start).start);
      assertNotNull(series.find(start));
    }
    long before = Long.MAX_VALUE;
    for (HeldSeries.Window window = series.newest(); window != null; window = window.older) {
      assertEquals(true, window.start < before);
      before = window.start;
    }
    HeldSeries.Window used = series.find(9_000);
    used.add(200, 5, 1);
    series.release();
    assertNull(series.newest());
    assertEquals(0, series.open(1_000).requests());
    assertNotSame(series.find(1_000), series.open(2_000));
  }

  private static HeldSeries find(SeriesTable table, String service, String route) {
    byte[] bytes = bytes(service, route);
    int serviceEnd = 3 + length(service);
    return table.find(bytes, 3, serviceEnd, serviceEnd + 2, bytes.length);
  }

  private static HeldSeries admit(SeriesTable table, String service, String route, long now) {
    byte[] bytes = bytes(service, route);
    int serviceEnd = 3 + length(service);
    return table.admit(bytes, 3, serviceEnd, serviceEnd + 2, bytes.length, now);
  }

  /// Names stand somewhere within the event.
  private static byte[] bytes(String service, String route) {
    return ("xyz" + service + "::" + route).getBytes(StandardCharsets.UTF_8);
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static String text(HeldSeries series) {
    return new String(series.key, StandardCharsets.UTF_8);
  }
}
