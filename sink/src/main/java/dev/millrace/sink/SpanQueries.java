package dev.millrace.sink;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import dev.millrace.sink.SpanSelection.By;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// Puts windows of any span and any set of series together, over a connection of its own that
/// cannot write. May be asked while the sink writes; each answer is of one moment. Not thread-safe.
public final class SpanQueries implements AutoCloseable {
  private static final String SIZES =
      Arrays.stream(WindowSize.values())
          .map(size -> Long.toString(size.ms()))
          .collect(Collectors.joining(", "));

  private final WindowReader database;

  private SpanQueries(WindowReader database) {
    this.database = database;
  }

  /// Opens a SQLite file that a sink has made.
  ///
  /// @throws SinkException if it is not there, or is not one
  public static SpanQueries open(Path database) {
    return new SpanQueries(WindowReader.open(database));
  }

  /// Opens a PostgreSQL database that a sink has made its tables in.
  ///
  /// @throws SinkException if it cannot be had
  public static SpanQueries open(PostgresConfig database) {
    return new SpanQueries(WindowReader.open(database));
  }

  /// The chosen windows, put together: minutes in order, everything else the busiest first. Reads
  /// one row for each series and minute, and 14 at most for each edge of the span.
  ///
  /// @return empty if there is no such window
  public List<SpanTotals> totals(SpanSelection selection) {
    List<Object> parameters = new ArrayList<>();
    String sql = rows(selection, parameters);
    Map<SpanTotals.Key, SpanTotals> totals = new HashMap<>();
    database.query(
        sql,
        rows -> {
          while (rows.next()) {
            add(WindowRows.read(rows), selection, totals);
          }
          return totals;
        },
        parameters.toArray());
    Comparator<SpanTotals> order =
        selection.by() == By.MINUTE
            ? Comparator.comparingLong(total -> total.key().minuteMs().orElseThrow())
            : Comparator.comparingLong(SpanTotals::requests)
                .reversed()
                .thenComparing(total -> total.key().service())
                .thenComparing(total -> total.key().route());
    return totals.values().stream().sorted(order).toList();
  }

  /// A row counts unless a longer one of its series counts the same requests, and lies within the
  /// span as a whole. So a span is tiled by minutes, with tens and single seconds at its edges and
  /// wherever the longer rows are not there (yet), and nothing is counted twice.
  private static String rows(SpanSelection selection, List<Object> parameters) {
    Collections.addAll(parameters, selection.fromMs(), selection.toMs(), selection.toMs());
    String series = series(selection, parameters);
    StringBuilder longer = new StringBuilder();
    for (WindowSize size : List.of(WindowSize.TEN_SECONDS, WindowSize.MINUTE)) {
      longer.append(
          """
          AND NOT (w.window_size_ms < %1$d
            AND w.window_start_ms - w.window_start_ms %% %1$d >= ?
            AND w.window_start_ms - w.window_start_ms %% %1$d + %1$d <= ?
            AND EXISTS (SELECT 1 FROM windows l
              WHERE l.window_start_ms = w.window_start_ms - w.window_start_ms %% %1$d
                AND l.window_size_ms = %1$d AND l.service = w.service AND l.route = w.route))
          """
              .formatted(size.ms()));
      Collections.addAll(parameters, selection.fromMs(), selection.toMs());
    }
    return """
    SELECT %s FROM windows w
    WHERE w.window_start_ms >= ? AND w.window_start_ms < ?
      AND w.window_size_ms IN (%s) AND w.window_start_ms + w.window_size_ms <= ?
      AND %s
    %s\
    """
        .formatted(WindowRows.COLUMNS, SIZES, series, longer);
  }

  private void add(
      WindowSummary row, SpanSelection selection, Map<SpanTotals.Key, SpanTotals> totals) {
    try {
      totals.computeIfAbsent(key(row, selection), SpanTotals::new).add(row);
    } catch (IllegalArgumentException e) {
      throw new SinkException(
          "%s: %s of %s cannot be merged: %s"
              .formatted(
                  database.name(),
                  Instant.ofEpochMilli(row.windowStart()),
                  row.series().key(),
                  e.getMessage()),
          e);
    }
  }

  private static SpanTotals.Key key(WindowSummary row, SpanSelection selection) {
    By by = selection.by();
    return new SpanTotals.Key(
        by == By.SERVICE || by == By.ROUTE ? row.service() : together(selection.services()),
        by == By.ROUTE ? row.route() : together(selection.routes()),
        by == By.MINUTE
            ? OptionalLong.of(WindowSize.MINUTE.start(row.windowStart()))
            : OptionalLong.empty());
  }

  private static String together(List<String> names) {
    return names.isEmpty() ? Series.ALL : String.join(",", names);
  }

  /// The condition that chooses the series; its parameters are added. Where whole services will do,
  /// their own rows are taken, which are the sum of their routes'.
  private static String series(SpanSelection selection, List<Object> parameters) {
    if (selection.isTotal()) {
      return "w.service = '*' AND w.route = '*'";
    }
    String services = oneOf("w.service", selection.services(), parameters);
    return selection.needsRoutes()
        ? services + " AND " + oneOf("w.route", selection.routes(), parameters)
        : services + " AND w.route = '*'";
  }

  private static String oneOf(String column, List<String> names, List<Object> parameters) {
    if (names.isEmpty()) {
      return column + " <> '*'";
    }
    parameters.addAll(names);
    return column + " IN (?" + ", ?".repeat(names.size() - 1) + ")";
  }

  /// How many requests may be missing from an answer because the span cuts through a minute of
  /// which the shorter windows are not all there. 0 if the answer is exact.
  public long missing(SpanSelection selection) {
    long atStart = missingAt(selection.fromMs(), selection);
    long atEnd = missingAt(selection.toMs(), selection);
    // Both ends in one minute are short of the same requests.
    return WindowSize.MINUTE.start(selection.fromMs()) == WindowSize.MINUTE.start(selection.toMs())
        ? Math.max(atStart, atEnd)
        : atStart + atEnd;
  }

  private long missingAt(long edge, SpanSelection selection) {
    long minute = WindowSize.MINUTE.start(edge);
    if (minute == edge) {
      return 0;
    }
    List<Object> parameters = new ArrayList<>();
    Collections.addAll(parameters, minute, minute + WindowSize.MINUTE.ms());
    String series = series(selection, parameters);
    return database.query(
        """
        SELECT coalesce(sum(CASE WHEN w.window_size_ms = 60000 THEN w.requests END), 0),
          coalesce(sum(CASE WHEN w.window_size_ms = 10000 THEN w.requests END), 0),
          coalesce(sum(CASE WHEN w.window_size_ms = 1000 THEN w.requests END), 0)
        FROM windows w WHERE w.window_start_ms >= ? AND w.window_start_ms < ? AND %s
        """
            .formatted(series),
        sums -> {
          sums.next();
          long parts = sums.getLong(3);
          if (WindowSize.TEN_SECONDS.start(edge) == edge) {
            parts = Math.max(parts, sums.getLong(2));
          }
          return Math.max(0, sums.getLong(1) - parts);
        },
        parameters.toArray());
  }

  /// When the oldest window begins and the newest ends.
  ///
  /// @param fromMs epoch milliseconds
  /// @param toMs epoch milliseconds
  public record Extent(long fromMs, long toMs) {}

  /// What there is at all; empty if there is nothing.
  public Optional<Extent> extent() {
    return database.query(
        "SELECT (SELECT min(window_start_ms) FROM windows), (SELECT max(window_start_ms) FROM windows)",
        result -> {
          result.next();
          long newest = result.getLong(2);
          return result.wasNull()
              ? Optional.empty()
              : Optional.of(new Extent(result.getLong(1), newest + WindowSize.SECOND.ms()));
        });
  }

  /// Of these names, those of which there is no window at all. Reads no more than an index.
  public List<String> unknownServices(List<String> names) {
    return names.stream()
        .filter(name ->
            database.query(
                "SELECT 1 FROM windows WHERE service = ? LIMIT 1", result -> !result.next(), name))
        .toList();
  }

  @Override
  public void close() {
    database.close();
  }
}
