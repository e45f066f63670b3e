package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WindowQueriesTest {
  private static final Series FAST = new Series("fast", "/");
  private static final Series UNTIMED = new Series("untimed", "/");

  @TempDir Path folder;
  private WindowStore store;
  private WindowQueries queries;

  @BeforeEach
  void open() {
    store = SqliteWindowStore.open(folder.resolve("millrace.db"));
    queries = WindowQueries.open(folder.resolve("millrace.db"));
  }

  @AfterEach
  void close() {
    queries.close();
    store.close();
  }

  private void write(List<WindowSummary> rows) {
    store.write(rows, List.of());
  }

  @Test
  void emptyDatabaseHasNothing() {
    assertEquals(0, queries.totalRequests());
    assertEquals(0, queries.rowCount());
    assertEquals(Optional.empty(), queries.newestTotal());
    assertEquals(List.of(), queries.window(0));
    assertEquals(List.of(), queries.starts(0, Long.MAX_VALUE));
    assertEquals(List.of(), queries.busiest(5));
    assertEquals(List.of(), queries.slowest(5));
  }

  @Test
  void countsEachRequestOnce() {
    Traffic traffic = Traffic.random(new Random(1), 1000);
    write(traffic.rows());
    write(List.of(longWindow()));
    assertEquals(1000, queries.totalRequests());
    assertEquals(traffic.rows().size(), queries.rowCount());
  }

  @Test
  void seesWhatTheSinkWritesMeanwhile() {
    write(Traffic.random(new Random(1), 10).rows());
    assertEquals(10, queries.totalRequests());
    write(Traffic.random(new Random(1), 20).rows());
    assertEquals(20, queries.totalRequests());
  }

  @Test
  void newestWindowHasItsRows() {
    write(
        new Traffic(
                List.of(
                    Traffic.event(Traffic.START, FAST, 200, 5, 1),
                    Traffic.event(Traffic.START + 7000, FAST, 200, 5, 1),
                    Traffic.event(Traffic.START + 7000, Traffic.ORDERS, 200, 5, 1)))
            .rows());
    write(List.of(longWindow()));
    assertEquals(Traffic.START + 7000, queries.newestTotal().orElseThrow().windowStart());
    assertEquals(
        List.of("*|*", "checkout|*", "checkout|/v1/orders/{id}", "fast|*", "fast|/"),
        queries.window(Traffic.START + 7000).stream().map(row -> row.series().key()).toList());
    assertEquals(List.of(Traffic.START), queries.starts(Traffic.START, Traffic.START + 7000));
  }

  @Test
  void busiestAreThoseWithTheMostRequests() {
    write(new Traffic(threeSeries()).rows());
    assertEquals(List.of(UNTIMED, FAST), series(queries.busiest(2)));
    SeriesTotals untimed = queries.busiest(1).getFirst();
    assertEquals(new SeriesTotals(UNTIMED, 300, 300, 0, 600, null), untimed);
  }

  @Test
  void slowestAreThoseWithTheHighestP99() {
    write(new Traffic(threeSeries()).rows());
    assertEquals(List.of(Traffic.ORDERS, FAST), series(queries.slowest(9)));
    assertEquals(List.of(Traffic.ORDERS), series(queries.slowest(1)));
    assertNull(queries.busiest(1).getFirst().durationUs());
  }

  @Test
  void percentilesAreOfAllRequestsAndNotAveraged() {
    // One second with a thousand fast requests, and a hundred seconds with a slow one each: of all
    // requests 90 % are fast, of the seconds hardly any.
    List<RequestEvent> events = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      events.add(Traffic.event(Traffic.START, FAST, 200, 100 + i, 0));
    }
    for (int i = 1; i <= 100; i++) {
      events.add(Traffic.event(Traffic.START + i * 1000L, FAST, 200, 1_000_000, 0));
    }
    write(new Traffic(events).rows());
    DurationStats merged = queries.slowest(1).getFirst().durationUs();
    long[] all = events.stream().mapToLong(e -> e.durationUs().getAsLong()).sorted().toArray();
    assertEquals(1100, merged.count());
    assertEquals(Arrays.stream(all).average().orElseThrow(), merged.mean(), 1e-6);
    assertNear(all[549], merged.p50());
    assertNear(all[989], merged.p90());
    assertNear(1_000_000, merged.p99());
    assertEquals(1_000_000, merged.max());
    assertEquals(merged.p50(), queries.busiest(1).getFirst().durationUs().p50());
  }

  @Test
  void doesNotReadWhatIsNotThere() throws IOException {
    Path missing = folder.resolve("missing.db");
    SinkException refusal = assertThrows(SinkException.class, () -> WindowQueries.open(missing));
    assertEquals(
        "--database " + missing + ": no such file; it is made when the sink first runs",
        refusal.getMessage());
    assertTrue(Files.notExists(missing));
    Path empty = Files.createFile(folder.resolve("empty.db"));
    refusal = assertThrows(SinkException.class, () -> WindowQueries.open(empty));
    assertTrue(refusal.getMessage().contains("no sink has written to it"), refusal.getMessage());
    assertEquals(0, Files.size(empty));
  }

  @Test
  void readsWhenTheSinkIsGone() {
    write(Traffic.random(new Random(1), 10).rows());
    queries.close();
    store.close();
    queries = WindowQueries.open(folder.resolve("millrace.db"));
    assertEquals(10, queries.totalRequests());
  }

  private static List<RequestEvent> threeSeries() {
    List<RequestEvent> events = new ArrayList<>();
    for (long i = 0; i < 300; i++) {
      events.add(Traffic.event(Traffic.START + i * 10, UNTIMED, 500, -1, 2));
      if (i % 2 == 0) {
        events.add(Traffic.event(Traffic.START + i * 10, FAST, 200, i, 1));
      }
      if (i % 3 == 0) {
        events.add(Traffic.event(Traffic.START + i * 10, Traffic.ORDERS, 200, i * 1000, 1));
      }
    }
    return events;
  }

  private static List<Series> series(List<SeriesTotals> totals) {
    return totals.stream().map(SeriesTotals::series).toList();
  }

  private static WindowSummary longWindow() {
    return new WindowSummary(
        Traffic.START + 60_000, 60_000, "*", "*", 99, 0, 0, 0, 1, null, null, 0, 0, true);
  }

  private static void assertNear(double exact, double found) {
    assertEquals(exact, found, exact * LatencySketch.RELATIVE_ERROR * 1.000001);
  }
}
