package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.events.LatencySketch;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeriesTableQueryTest {
  private static final Series ORDERS = Traffic.ORDERS;
  private static final Series ITEMS = new Series("shop", "/items");

  @TempDir private Path folder;

  private SeriesTable read(PageDatabase.Query<SeriesTable> query, WindowSummary... rows)
      throws InterruptedException {
    Path file = folder.resolve("windows.db");
    try (SqliteWindowStore store = SqliteWindowStore.open(file);
        PageDatabase database = PageDatabase.sqlite(file)) {
      store.write(List.of(rows), List.of());
      return database.ask(query);
    }
  }

  private static SeriesTable.Line line(SeriesTable table, Series series) {
    return table.series().stream()
        .filter(line -> line.service().equals(series.service()))
        .filter(line -> line.route().equals(series.route()))
        .findAny()
        .orElseThrow();
  }

  private static WindowSummary window(long start, long size, Series series, long... durations) {
    return CourseQueryTest.window(start, size, series, durations);
  }

  @Test
  void theLastMinuteIsBySeconds() throws Exception {
    SeriesTable table =
        read(
            connection -> SeriesTableQuery.lastMinute(connection, 100_000),
            window(39_000, 1_000, ORDERS, 5),
            window(40_000, 1_000, ORDERS, 5, 5),
            window(99_000, 1_000, ORDERS, 7, 7, 7),
            window(98_000, 1_000, ITEMS, 9));
    assertEquals(40_000, table.from());
    assertEquals(100_000, table.to());
    SeriesTable.Line orders = line(table, ORDERS);
    assertEquals(60, orders.requests().size());
    assertEquals(2, orders.requests().getFirst());
    assertEquals(3, orders.requests().getLast());
    assertEquals(1, orders.errors().getLast());
    assertEquals(7, orders.p99());
    assertEquals(1, line(table, ITEMS).requests().get(58));
  }

  @Test
  void percentilesAreThoseOfTheNewestTenSeconds() throws Exception {
    SeriesTable table =
        read(
            connection -> SeriesTableQuery.lastMinute(connection, 100_000),
            window(99_000, 1_000, ORDERS, 7),
            window(80_000, 10_000, ORDERS, 1_000),
            window(70_000, 10_000, ORDERS, 5));
    assertEquals(1_000, line(table, ORDERS).p50(), 10);
  }

  @Test
  void aSpanHasItsHistogramsMerged() throws Exception {
    long[] fast = new long[99];
    Arrays.fill(fast, 1_000);
    SeriesTable table =
        read(
            connection -> SeriesTableQuery.span(connection, 0, 600_000),
            window(0, 10_000, ORDERS, fast),
            window(300_000, 10_000, ORDERS, 1_000_000),
            window(600_000, 10_000, ORDERS, 5),
            window(0, 1_000, ORDERS, 5));
    SeriesTable.Line orders = line(table, ORDERS);
    assertEquals(10_000, table.stepMs());
    assertEquals(60, orders.requests().size());
    assertEquals(99, orders.requests().getFirst());
    assertEquals(1, orders.requests().get(30));
    assertEquals(1_000, orders.p99(), 1_000 * LatencySketch.RELATIVE_ERROR);
    assertEquals(600_000, table.durationsMs());
  }

  /// Five seconds and a bit of a steady request a second: a rate over the bit would be too high.
  @Test
  void aSpanThatCutsWindowsSaysWhatItCounts() throws Exception {
    WindowSummary[] rows = new WindowSummary[20];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = window(i * 1_000L, 1_000, ORDERS, 5);
    }
    SeriesTable table = read(connection -> SeriesTableQuery.span(connection, 2_900, 8_100), rows);
    assertEquals(2_000, table.from());
    assertEquals(9_000, table.to());
    assertEquals(
        (table.to() - table.from()) / 1_000,
        line(table, ORDERS).requests().stream().mapToLong(Long::longValue).sum());
  }

  @Test
  void ofALongSpanTheLastHourIsRead() throws Exception {
    SeriesTable table =
        read(
            connection -> SeriesTableQuery.span(connection, 0, 86_400_000),
            window(0, 60_000, ORDERS, 5),
            window(86_340_000, 60_000, ITEMS, 5));
    assertEquals(86_400_000 - 3_600_000, table.from());
    assertEquals(1, table.series().size());
    assertEquals(1, line(table, ITEMS).requests().getLast());
  }

  @Test
  void noErrorsAndNoDurationsAreNull() throws Exception {
    WindowSummary plain =
        new WindowSummary(99_000, 1_000, "s", "/r", 5, 0, 0, 0, 5, null, null, 0, 0, true);
    SeriesTable table = read(connection -> SeriesTableQuery.lastMinute(connection, 100_000), plain);
    SeriesTable.Line line = table.series().getFirst();
    assertNull(line.errors());
    assertNull(line.p50());
    assertNull(line.p99());
  }
}
