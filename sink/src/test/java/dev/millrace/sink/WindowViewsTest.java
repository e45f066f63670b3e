package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.DurationStats;
import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.WindowSummary;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WindowViewsTest {
  private static final long MINUTE = 60_000;

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("millrace.db");
  }

  private static WindowSummary row(
      long start, long size, String service, String route, long requests, long errors, double p99) {
    return new WindowSummary(
        start,
        size,
        service,
        route,
        requests,
        errors,
        3,
        4,
        requests * 1e3 / size,
        p99 == 0 ? null : new DurationStats(requests, p99 / 2, 1, 2, 3, p99, p99, p99 + 1),
        p99 == 0 ? null : new ExponentialHistogram(6, requests, 0, new long[0]),
        0,
        0,
        true);
  }

  /// A minute of one route, with the rollups that come with it, and a second that must not count.
  private static List<WindowSummary> minute(
      long start, String service, String route, long requests, long errors, double p99) {
    return List.of(
        row(start, MINUTE, service, route, requests, errors, p99),
        row(start, MINUTE, service, "*", requests, errors, p99),
        row(start, 1000, service, route, 99, 99, 9e9),
        row(start, 1000, service, "*", 99, 99, 9e9));
  }

  private void write(List<WindowSummary> rows) {
    try (WindowStore store = SqliteWindowStore.open(file())) {
      store.write(rows, List.of());
    }
  }

  private List<List<Object>> ask(String sql) {
    List<List<Object>> rows = new ArrayList<>();
    try (SqlReader reader = SqlReader.open(file())) {
      reader.ask(
          sql,
          new SqlReader.Answer() {
            @Override
            public void columns(List<String> names) {
              // Known to whoever asks.
            }

            @Override
            public boolean row(List<Object> values) {
              return rows.add(values);
            }
          });
    }
    return rows;
  }

  @Test
  void serviceMinutesAreTheMinutesOwnRows() {
    write(
        Stream.of(
                minute(Traffic.START, "cart", "/a", 10, 1, 500),
                minute(Traffic.START + MINUTE, "cart", "/a", 20, 0, 700),
                List.of(row(Traffic.START, MINUTE, "*", "*", 10, 1, 500)))
            .flatMap(List::stream)
            .toList());
    assertEquals(
        List.of(
            List.of("2026-11-21T10:00:00Z", "cart", 10L, 1L, 0.1, 500.0, Traffic.START),
            List.of("2026-11-21T10:01:00Z", "cart", 20L, 0L, 0.0, 700.0, Traffic.START + MINUTE)),
        ask(
            "SELECT minute, service, requests, errors, error_ratio, p99_us, window_start_ms"
                + " FROM service_minutes ORDER BY minute"));
  }

  @Test
  void slowestRoutesAreSortedByTheirWorstMinuteOfTheNewestHour() {
    long newest = Traffic.START + 60 * MINUTE;
    write(
        Stream.of(
                // An hour and a minute before the newest one.
                minute(newest - 60 * MINUTE, "cart", "/old", 5, 0, 90_000),
                minute(newest - 59 * MINUTE, "cart", "/a", 10, 1, 900),
                minute(newest, "cart", "/a", 30, 2, 100),
                minute(newest, "shop", "/b", 7, 0, 500),
                minute(newest, "shop", "/untimed", 7, 0, 0))
            .flatMap(List::stream)
            .toList());
    assertEquals(
        List.of(
            // The mean of all 40 requests: (10 · 450 + 30 · 50) / 40.
            List.of("cart", "/a", 900.0, "2026-11-21T10:01:00Z", 10L, 2L, 40L, 3L, 150.0, 901.0),
            List.of("shop", "/b", 500.0, "2026-11-21T11:00:00Z", 7L, 1L, 7L, 0L, 250.0, 501.0)),
        ask("SELECT * FROM slowest_routes"));
  }

  @Test
  void errorBudgetIsToldForEachPeriod() {
    long newest = Traffic.START + 40L * 24 * 60 * MINUTE;
    write(
        Stream.of(
                minute(newest - 31L * 24 * 60 * MINUTE, "cart", "/a", 1_000_000, 1_000_000, 1),
                minute(newest - 2L * 24 * 60 * MINUTE, "cart", "/a", 90_000, 0, 1),
                minute(newest - 30 * MINUTE, "cart", "/a", 9_000, 0, 1),
                minute(newest, "cart", "/a", 1_000, 10, 1))
            .flatMap(List::stream)
            .toList());
    assertEquals(
        List.of(
            Arrays.asList("5m", 1_000L, 10L, 0.01, 10.0, -9.0),
            Arrays.asList("1h", 10_000L, 10L, 0.001, 1.0, 0.0),
            Arrays.asList("6h", 10_000L, 10L, 0.001, 1.0, 0.0),
            Arrays.asList("3d", 100_000L, 10L, 0.0001, 0.1, 0.9),
            Arrays.asList("30d", 100_000L, 10L, 0.0001, 0.1, 0.9)),
        ask(
            "SELECT period, requests, errors, error_ratio, burn_rate, budget_left"
                + " FROM error_budget"));
  }

  @Test
  void aMonthOfMinutesIsFoundByItsIndex() {
    write(minute(Traffic.START, "cart", "/a", 1, 0, 1));
    for (String view : List.of("service_minutes", "error_budget")) {
      String plan = ask("EXPLAIN QUERY PLAN SELECT * FROM " + view).toString();
      assertTrue(plan.contains("windows_of_minutes"), plan);
      assertFalse(plan.contains("SCAN windows"), plan);
    }
    String plan = ask("EXPLAIN QUERY PLAN SELECT * FROM slowest_routes").toString();
    assertTrue(plan.contains("window_start_ms>?"), plan);
  }

  /// Makes the file one of the version before the views.
  private void takeBack() throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      for (String view : List.of("service_minutes", "slowest_routes", "error_budget")) {
        statement.executeUpdate("DROP VIEW " + view);
      }
      statement.executeUpdate("DROP INDEX windows_of_minutes");
      statement.executeUpdate("UPDATE schema SET version = 1");
    }
  }

  @Test
  void aFileFromBeforeTheViewsIsReadAndGetsThemFromTheSink() throws SQLException {
    write(minute(Traffic.START, "cart", "/a", 10, 1, 500));
    takeBack();
    assertEquals(List.of(List.of(4L)), ask("SELECT count(*) FROM windows"));
    SinkException refusal =
        assertThrows(SinkException.class, () -> ask("SELECT * FROM service_minutes"));
    assertTrue(
        refusal.getMessage().contains("the sink adds the views when it next opens it"),
        refusal.getMessage());
    write(List.of());
    assertEquals(List.of(List.of(10L)), ask("SELECT requests FROM service_minutes"));
    assertEquals(List.of(List.of(2L)), ask("SELECT version FROM schema"));
  }

  @Test
  void bothDatabasesAreSpokenToInTheirOwnWords() {
    assertTrue(
        WindowViews.forSqlite().contains("strftime('%Y-%m-%dT%H:%M:%SZ', (window_start_ms)"));
    assertTrue(WindowViews.forPostgresql().contains("to_char(to_timestamp((window_start_ms)"));
    for (String sql : List.of(WindowViews.forSqlite(), WindowViews.forPostgresql())) {
      assertFalse(sql.contains("UTC("), sql);
    }
  }
}
