package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LatencySketch;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CourseQueryTest {
  private static final long DAY_MS = 86_400_000;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("windows.db");
  }

  private void write(List<WindowSummary> rows) {
    try (SqliteWindowStore store = SqliteWindowStore.open(file)) {
      store.write(rows, List.of());
    }
  }

  private Course read(Series series, long from, long to) throws InterruptedException {
    try (PageDatabase database = PageDatabase.sqlite(file)) {
      return database.ask(connection -> CourseQuery.read(connection, series, from, to));
    }
  }

  /// A window with requests that took so long.
  static WindowSummary window(long start, long size, Series series, long... durationsUs) {
    LatencySketch sketch = new LatencySketch();
    Arrays.stream(durationsUs).forEach(sketch::add);
    return new WindowSummary(
        start,
        size,
        series.service(),
        series.route(),
        durationsUs.length,
        1,
        2,
        100,
        durationsUs.length * 1000.0 / size,
        sketch.stats(Arrays.stream(durationsUs).sum(), Arrays.stream(durationsUs).max().orElse(0)),
        sketch.histogram(),
        3,
        0,
        true);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1000",
    "10080000, 1000",
    "10080001, 10000",
    "100800000, 10000",
    "100800001, 60000",
    "604800000, 60000",
    "604800001, 120000",
    "31622400000, 3180000"
  })
  void aSpanHasNoMoreStepsThanAWeekHasMinutes(long span, long step) {
    assertEquals(step, CourseQuery.step(span));
    assertTrue(span / step <= CourseQuery.MAX_STEPS);
  }

  @Test
  void secondsAreAsTheyAreInTheDatabase() throws Exception {
    Traffic traffic = Traffic.random(new Random(1), 500);
    write(traffic.rows());
    List<WindowSummary> totals =
        traffic.rows().stream().filter(row -> row.series().equals(Series.TOTAL)).toList();
    Course course = read(Series.TOTAL, Traffic.START, Traffic.START + 60_000);
    assertEquals(1_000, course.stepMs());
    assertEquals(totals.stream().map(WindowSummary::windowStart).toList(), course.start());
    assertEquals(totals.stream().map(WindowSummary::requests).toList(), course.requests());
    assertEquals(totals.stream().map(WindowSummary::errors).toList(), course.errors());
    assertEquals(
        totals.stream().map(row -> Math.round(row.durationUs().p999())).toList(), course.p999());
    assertEquals(Traffic.START + 4_000, course.newestEnd());
    for (int i = 0; i < totals.size(); i++) {
      long[] column = course.heat().get(i);
      assertEquals(totals.get(i).windowStart(), column[0]);
      assertEquals(
          totals.get(i).durationUs().count(), Arrays.stream(column).skip(2).sum(), "in the column");
    }
  }

  @Test
  void anotherSeriesAndWhatIsOutsideIsLeftOut() throws Exception {
    Series other = new Series("other", "/x");
    write(
        List.of(
            window(0, 1_000, Traffic.ORDERS, 10),
            window(1_000, 1_000, Traffic.ORDERS, 10, 20),
            window(1_000, 1_000, other, 10),
            window(0, 10_000, Traffic.ORDERS, 10, 20, 30),
            window(2_000, 1_000, Traffic.ORDERS, 10)));
    Course course = read(Traffic.ORDERS, 1_500, 2_000);
    assertEquals(List.of(1_000L), course.start());
    assertEquals(List.of(2L), course.requests());
    assertNull(course.newestEnd());
  }

  @Test
  void longSpansAreReadFromLongWindows() throws Exception {
    write(
        List.of(
            window(0, 1_000, Traffic.ORDERS, 10),
            window(0, 10_000, Traffic.ORDERS, 10, 20),
            window(0, 60_000, Traffic.ORDERS, 10, 20, 30)));
    assertEquals(List.of(1L), read(Traffic.ORDERS, 0, 10_000).requests());
    assertEquals(List.of(2L), read(Traffic.ORDERS, 0, DAY_MS).requests());
    assertEquals(List.of(3L), read(Traffic.ORDERS, 0, 7 * DAY_MS - 4 * 3_600_000).requests());
  }

  /// 999 fast requests in one minute, one slow one in the next: half of the sum of both medians
  /// would be 500 ms.
  @Test
  void windowsThatArePutTogetherHaveTheirHistogramsMerged() throws Exception {
    long[] fast = new long[999];
    Arrays.fill(fast, 1_000);
    write(
        List.of(
            window(0, 60_000, Traffic.ORDERS, fast),
            window(60_000, 60_000, Traffic.ORDERS, 1_000_000),
            window(120_000, 60_000, Traffic.ORDERS, 2_000)));
    Course course = read(Traffic.ORDERS, 0, 8 * DAY_MS);
    assertEquals(120_000, course.stepMs());
    assertEquals(List.of(0L, 120_000L), course.start());
    assertEquals(List.of(1_000L, 1L), course.requests());
    assertEquals(List.of(2L, 1L), course.errors());
    assertEquals(List.of(6L, 3L), course.late());
    assertEquals(1_000, course.p50().getFirst(), 1_000 * LatencySketch.RELATIVE_ERROR);
    assertEquals(1_000, course.p999().getFirst(), 1_000 * LatencySketch.RELATIVE_ERROR);
    assertEquals(2_000, course.p999().getLast(), 2_000 * LatencySketch.RELATIVE_ERROR);
  }

  /// What the page's buttons ask for, with a database that ends in the middle of a step.
  @Test
  void aStepThatIsNotOverSaysHowFarItGoes() throws Exception {
    List<WindowSummary> rows = new ArrayList<>();
    long end = 366 * DAY_MS + 70 * 60_000;
    for (long start = end - 130 * 60_000; start < end; start += 60_000) {
      rows.add(window(start, 60_000, Series.TOTAL, 5, 5, 5));
    }
    rows.add(window(end, 1_000, Series.TOTAL, 5));
    write(rows);
    long to = end + 1_000;
    Course week = read(Series.TOTAL, to - 7 * DAY_MS, to);
    assertEquals(60_000, week.stepMs());
    assertEquals(130, week.requests().size());
    assertEquals(List.of(3L), week.requests().stream().distinct().toList());
    assertEquals(end, week.coveredTo());
    Course year = read(Series.TOTAL, to - 366 * DAY_MS, to);
    assertEquals(53 * 60_000, year.stepMs());
    assertEquals(end, year.coveredTo());
    long last = year.start().getLast();
    assertTrue(end - last < year.stepMs(), "the last step is over");
    assertEquals(3.0, year.requests().getLast() * 60_000.0 / (year.coveredTo() - last));
    // All of a step is counted, wherever in it the span ends.
    Course past = read(Series.TOTAL, last - 366 * DAY_MS + 1, last - 1);
    assertEquals(53 * 3L, past.requests().getLast());
    assertTrue(past.coveredTo() >= past.start().getLast() + past.stepMs());
  }

  @Test
  void aDatabaseThatIsNotThereIsAnErrorThatSaysSo() {
    SinkException failure = assertThrows(SinkException.class, () -> read(Series.TOTAL, 0, 1_000));
    assertTrue(failure.getMessage().contains("no such file"), failure.getMessage());
  }
}
