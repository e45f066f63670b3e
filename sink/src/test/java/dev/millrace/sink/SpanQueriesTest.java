package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import dev.millrace.sink.SpanSelection.By;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpanQueriesTest {
  private static final long SPAN_MS = 200_000;
  private static final double[] QUANTILES = {0, 0.01, 0.5, 0.9, 0.99, 0.999, 1};

  @TempDir Path folder;
  private WindowStore store;
  private SpanQueries queries;

  @BeforeEach
  void open() {
    store = SqliteWindowStore.open(file());
    queries = SpanQueries.open(file());
  }

  @AfterEach
  void close() {
    queries.close();
    store.close();
  }

  private Path file() {
    return folder.resolve("millrace.db");
  }

  static List<RequestEvent> random(Random random, int count) {
    List<RequestEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int service = random.nextInt(3);
      events.add(
          Traffic.event(
              Traffic.START + random.nextLong(SPAN_MS),
              new Series("service-" + service, "/route/" + random.nextInt(3)),
              random.nextInt(2, 6) * 100,
              // Each service has its own usual latency: averaging would show.
              random.nextInt(5) == 0
                  ? -1
                  : (long) Math.exp(service * 3 + random.nextDouble(0, 9)) - 1,
              random.nextInt(10_000)));
    }
    return events;
  }

  /// The rows of these sizes, with all rollups.
  static List<WindowSummary> rows(List<RequestEvent> events, WindowSize... sizes) {
    List<WindowSummary> rows = new ArrayList<>();
    for (WindowSize size : sizes) {
      Map<Long, Map<String, List<RequestEvent>>> cells = new HashMap<>();
      for (RequestEvent event : events) {
        for (Series series : List.of(event.series(), event.series().ofService(), Series.TOTAL)) {
          cells
              .computeIfAbsent(size.start(event.time()), _ -> new HashMap<>())
              .computeIfAbsent(series.key(), _ -> new ArrayList<>())
              .add(event);
        }
      }
      cells.forEach((start, cell) ->
          cell.forEach((key, of) -> rows.add(sized(Traffic.row(start, key, of), size))));
    }
    return rows;
  }

  private static WindowSummary sized(WindowSummary row, WindowSize size) {
    return new WindowSummary(
        row.windowStart(),
        size.ms(),
        row.service(),
        row.route(),
        row.requests(),
        row.errors(),
        row.clientErrors(),
        row.bytes(),
        row.requests() * 1e3 / size.ms(),
        row.durationUs(),
        row.histogram(),
        0,
        0,
        true);
  }

  private void write(List<WindowSummary> rows) {
    store.write(rows, List.of());
  }

  private static SpanSelection span(long from, long to, By by) {
    return new SpanSelection(from, to, List.of(), List.of(), by);
  }

  /// Everything exact against the events themselves, percentiles within the promised error.
  private static void assertSame(List<RequestEvent> events, SpanTotals total) {
    assertEquals(events.size(), total.requests());
    assertEquals(events.stream().filter(RequestEvent::isError).count(), total.errors());
    assertEquals(events.stream().filter(RequestEvent::isClientError).count(), total.clientErrors());
    assertEquals(events.stream().mapToLong(RequestEvent::bytes).sum(), total.bytes());
    long[] sorted =
        events.stream()
            .filter(event -> event.durationUs().isPresent())
            .mapToLong(event -> event.durationUs().getAsLong())
            .sorted()
            .toArray();
    assertEquals(sorted.length, total.durations());
    if (sorted.length == 0) {
      assertTrue(Double.isNaN(total.quantileUs(0.5)) && Double.isNaN(total.meanUs()));
      return;
    }
    assertEquals(sorted[sorted.length - 1], total.maxUs());
    assertEquals(
        Arrays.stream(sorted).average().orElseThrow(), total.meanUs(), 1e-6 * total.meanUs());
    for (double quantile : QUANTILES) {
      double exact = sorted[(int) DurationStats.rank(quantile, sorted.length) - 1];
      assertEquals(
          exact,
          total.quantileUs(quantile),
          exact * LatencySketch.RELATIVE_ERROR * 1.000001,
          "quantile " + quantile);
    }
  }

  private static List<RequestEvent> within(
      List<RequestEvent> events, long from, long to, Predicate<RequestEvent> which) {
    return events.stream()
        .filter(event -> event.time() >= from && event.time() < to)
        .filter(which)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void anySpanAndSeriesAreAsTheEventsThemselves(long seed) {
    Random random = new Random(seed);
    List<RequestEvent> events = random(random, 6_000);
    List<WindowSummary> rows = rows(events, WindowSize.values());
    // Some longer rows are not there yet, as they are while the sink catches up.
    rows.removeIf(row -> row.windowSizeMs() > 1000 && seed % 2 == 0 && random.nextInt(4) == 0);
    write(rows);
    for (int i = 0; i < 15; i++) {
      long from = Traffic.START + random.nextLong(SPAN_MS / 1000) * 1000;
      long to = from + random.nextLong(1, SPAN_MS / 1000) * 1000;
      assertEquals(0, queries.missing(span(from, to, By.ALL)));
      List<SpanTotals> all = queries.totals(span(from, to, By.ALL));
      assertSame(within(events, from, to, _ -> true), all.getFirst());
      for (By by : List.of(By.SERVICE, By.ROUTE, By.MINUTE)) {
        for (SpanTotals total : queries.totals(span(from, to, by))) {
          SpanTotals.Key key = total.key();
          assertSame(
              within(
                  events,
                  from,
                  to,
                  event ->
                      (by == By.MINUTE || event.service().equals(key.service()))
                          && (by != By.ROUTE || event.route().equals(key.route()))
                          && (by != By.MINUTE
                              || WindowSize.MINUTE.start(event.time())
                                  == key.minuteMs().orElseThrow())),
              total);
        }
      }
      SpanSelection some =
          new SpanSelection(
              from, to, List.of("service-0", "service-2"), List.of("/route/1"), By.ALL);
      List<RequestEvent> chosen =
          within(
              events,
              from,
              to,
              event -> !event.service().equals("service-1") && event.route().equals("/route/1"));
      List<SpanTotals> found = queries.totals(some);
      assertEquals(chosen.isEmpty() ? 0 : 1, found.size());
      found.forEach(total -> assertSame(chosen, total));
    }
  }

  @Test
  void aSpanIsTiledByTheLongestWindowsThatLieWithinIt() {
    List<RequestEvent> events = new ArrayList<>();
    for (long ms = 0; ms < SPAN_MS; ms += 500) {
      events.add(Traffic.event(Traffic.START + ms, Traffic.ORDERS, 200, ms, 1));
    }
    write(rows(events, WindowSize.values()));
    long from = Traffic.START + 37_000;
    SpanTotals total = queries.totals(span(from, Traffic.START + 143_000, By.ALL)).getFirst();
    // 37 to 40 s, 40 to 60, 60 to 120, 120 to 140, 140 to 143.
    assertEquals(
        Map.of(WindowSize.SECOND, 6L, WindowSize.TEN_SECONDS, 4L, WindowSize.MINUTE, 1L),
        total.windows());
    assertEquals(212, total.requests());
    assertEquals("*", total.key().service());
  }

  @Test
  void linesComeInOrder() {
    write(rows(random(new Random(3), 3_000), WindowSize.values()));
    List<SpanTotals> routes =
        queries.totals(span(Traffic.START, Traffic.START + SPAN_MS, By.ROUTE));
    assertEquals(9, routes.size());
    for (int i = 1; i < routes.size(); i++) {
      assertTrue(routes.get(i - 1).requests() >= routes.get(i).requests());
    }
    assertEquals(
        List.of(0L, 60_000L, 120_000L, 180_000L),
        queries.totals(span(Traffic.START, Traffic.START + SPAN_MS, By.MINUTE)).stream()
            .map(total -> total.key().minuteMs().orElseThrow() - Traffic.START)
            .toList());
  }

  @Test
  void sayWhatIsMissingWhereASpanCutsThroughAMinuteWithoutItsParts() {
    List<RequestEvent> events = random(new Random(4), 3_000);
    write(rows(events, WindowSize.MINUTE));
    long from = Traffic.START + 30_000;
    assertEquals(0, queries.missing(span(Traffic.START, Traffic.START + 120_000, By.ALL)));
    assertEquals(
        within(events, Traffic.START, Traffic.START + 60_000, _ -> true).size(),
        queries.missing(span(from, Traffic.START + 120_000, By.ALL)));
    assertEquals(
        within(events, Traffic.START, Traffic.START + 60_000, _ -> true).size(),
        queries.missing(span(Traffic.START, Traffic.START + 30_000, By.ALL)));
    write(rows(events, WindowSize.TEN_SECONDS));
    assertEquals(0, queries.missing(span(from, Traffic.START + 120_000, By.ALL)));
    assertTrue(queries.missing(span(from + 1000, Traffic.START + 120_000, By.ALL)) > 0);
  }

  @Test
  void emptyDatabaseHasNothing() {
    SpanSelection all = span(Traffic.START, Traffic.START + 60_000, By.ALL);
    assertEquals(List.of(), queries.totals(all));
    assertEquals(0, queries.missing(all));
    assertTrue(queries.extent().isEmpty());
    assertEquals(List.of("x"), queries.unknownServices(List.of("x")));
  }

  @Test
  void tellsWhatThereIs() {
    write(rows(random(new Random(5), 500), WindowSize.values()));
    SpanQueries.Extent extent = queries.extent().orElseThrow();
    assertEquals(Traffic.START, extent.fromMs());
    assertTrue(extent.toMs() <= Traffic.START + SPAN_MS);
    assertEquals(List.of("x"), queries.unknownServices(List.of("service-0", "x")));
  }

  @Test
  void hostileNamesAreJustNames() {
    Series hostile = new Series("a' OR '1'='1", "\"; DROP TABLE windows; --");
    write(
        rows(
            List.of(
                Traffic.event(Traffic.START, hostile, 200, 5, 1),
                Traffic.event(Traffic.START, Traffic.ORDERS, 200, 7, 1)),
            WindowSize.values()));
    List<SpanTotals> found =
        queries.totals(
            new SpanSelection(
                Traffic.START,
                Traffic.START + 1000,
                List.of(hostile.service()),
                List.of(hostile.route()),
                By.ALL));
    assertEquals(1, found.getFirst().requests());
  }

  @Test
  void aHistogramTooCoarseIsRefusedAndNamed() throws SQLException {
    write(
        rows(List.of(Traffic.event(Traffic.START, Traffic.ORDERS, 200, 5, 1)), WindowSize.SECOND));
    try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = other.createStatement()) {
      statement.executeUpdate(
          "UPDATE windows SET histogram = replace(histogram, '\"scale\":6', '\"scale\":5')");
    }
    SinkException refusal =
        assertThrows(
            SinkException.class,
            () -> queries.totals(span(Traffic.START, Traffic.START + 1000, By.ALL)));
    assertTrue(
        refusal.getMessage().contains("2026-11-21T10:00:00Z of *|* cannot be merged"),
        refusal.getMessage());
  }

  @Test
  void refusesSpansThatAreNone() {
    assertThrows(IllegalArgumentException.class, () -> span(1000, 1000, By.ALL));
    assertThrows(IllegalArgumentException.class, () -> span(1500, 3000, By.ALL));
    assertThrows(
        IllegalArgumentException.class,
        () -> new SpanSelection(0, 1000, List.of("*"), List.of(), By.ALL));
  }
}
