package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Reads the course of a series over any span, in as many steps as a chart can use. Windows that
/// are put together have their histograms merged.
final class CourseQuery {
  /// The most steps of a course: the minutes of a week. The window size follows from it: seconds up
  /// to 2.8 hours, tens of seconds up to 28 hours, minutes up to a week, several minutes beyond
  /// that.
  static final int MAX_STEPS = 10_080;

  private static final int MAX_HEAT_COLUMNS = 3_600;

  /// Looks up each window by the table's key. The index over series would lead past the rows of all
  /// other sizes. The CROSS JOIN tells SQLite which one to go through first.
  private static final String ROWS =
      """
      WITH RECURSIVE starts (start_ms) AS (
        SELECT CAST(? AS BIGINT)
        UNION ALL
        SELECT start_ms + CAST(? AS BIGINT) FROM starts
        WHERE start_ms + CAST(? AS BIGINT) < CAST(? AS BIGINT))
      SELECT %s FROM starts CROSS JOIN windows
      WHERE window_start_ms = start_ms AND window_size_ms = ? AND service = ? AND route = ?
      """
          .formatted(WindowRows.COLUMNS);

  private static final String NEWEST =
      """
      SELECT window_start_ms FROM windows
      WHERE service = '*' AND route = '*' AND window_size_ms = ?
      ORDER BY window_start_ms DESC LIMIT 1
      """;

  private CourseQuery() {}

  /// End of the newest one-second window of all requests, epoch milliseconds; null if there is
  /// none.
  static Long newestEnd(Connection connection) throws SQLException {
    return newestEnd(connection, WindowSize.SECOND.ms());
  }

  /// End of the newest window of this size of all requests; null if there is none.
  static Long newestEnd(Connection connection, long sizeMs) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(NEWEST)) {
      query.setLong(1, sizeMs);
      try (ResultSet result = query.executeQuery()) {
        return result.next() ? (Long) (result.getLong(1) + sizeMs) : null;
      }
    }
  }

  /// The length of a step for a span: one of the window sizes, or several minutes.
  static long step(long spanMs) {
    for (WindowSize size : WindowSize.values()) {
      if (spanMs <= size.ms() * MAX_STEPS) {
        return size.ms();
      }
    }
    return Math.ceilDiv(spanMs, WindowSize.MINUTE.ms() * MAX_STEPS) * WindowSize.MINUTE.ms();
  }

  /// @param from epoch milliseconds; the step that it is in is the first one
  /// @param to epoch milliseconds, exclusive, after `from`; the step that it is in is the last one
  static Course read(Connection connection, Series series, long from, long to) throws SQLException {
    long step = step(to - from);
    long first = from - Math.floorMod(from, step);
    int steps = Math.toIntExact(Math.ceilDiv(to - first, step));
    long heatStep = Math.ceilDiv(steps, MAX_HEAT_COLUMNS) * step;
    long end = first + steps * step;
    Step[] found = new Step[steps];
    HeatColumn[] heat = new HeatColumn[Math.toIntExact(Math.ceilDiv(to - first, heatStep))];
    try (PreparedStatement query = connection.prepareStatement(ROWS)) {
      long size = Math.min(step, WindowSize.MINUTE.ms());
      query.setLong(1, first);
      query.setLong(2, size);
      query.setLong(3, size);
      query.setLong(4, end);
      query.setLong(5, size);
      query.setString(6, series.service());
      query.setString(7, series.route());
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          WindowSummary row = WindowRows.read(rows);
          int at = (int) ((row.windowStart() - first) / step);
          found[at] = found[at] == null ? new Step(row) : found[at].with(row);
          int column = (int) ((row.windowStart() - first) / heatStep);
          if (heat[column] == null) {
            heat[column] = new HeatColumn();
          }
          heat[column].add(row.histogram());
        }
      }
    }
    // A step of several minutes may not be over; a window is in the database when it is.
    Long newest = newestEnd(connection, Math.min(step, WindowSize.MINUTE.ms()));
    long coveredTo = newest == null ? end : Math.clamp(newest, first, end);
    return course(series, first, to, coveredTo, newestEnd(connection), step, found, heatStep, heat);
  }

  /// One window, or several put together.
  private static final class Step {
    private final WindowSummary only;
    private RowTotals several;
    private long late;

    Step(WindowSummary row) {
      only = row;
      late = row.late();
    }

    Step with(WindowSummary row) {
      if (several == null) {
        several = new RowTotals();
        several.add(only);
      }
      several.add(row);
      late += row.late();
      return this;
    }

    SeriesTotals totals() {
      return several != null
          ? several.of(only.series())
          : new SeriesTotals(
              only.series(),
              only.requests(),
              only.errors(),
              only.clientErrors(),
              only.bytes(),
              only.durationUs());
    }
  }

  private static Course course(
      Series series,
      long first,
      long to,
      long coveredTo,
      Long newestEnd,
      long step,
      Step[] found,
      long heatStep,
      HeatColumn[] heat) {
    List<Long> start = new ArrayList<>();
    List<Long> late = new ArrayList<>();
    List<SeriesTotals> totals = new ArrayList<>();
    for (int i = 0; i < found.length; i++) {
      if (found[i] != null) {
        start.add(first + i * step);
        late.add(found[i].late);
        totals.add(found[i].totals());
      }
    }
    List<long[]> columns = new ArrayList<>();
    for (int i = 0; i < heat.length; i++) {
      if (heat[i] != null) {
        columns.add(heat[i].line(first + i * heatStep));
      }
    }
    return new Course(
        series.service(),
        series.route(),
        first,
        to,
        coveredTo,
        newestEnd,
        step,
        start,
        list(totals, SeriesTotals::requests),
        list(totals, SeriesTotals::errors),
        list(totals, SeriesTotals::clientErrors),
        late,
        durations(totals, DurationStats::p50),
        durations(totals, DurationStats::p90),
        durations(totals, DurationStats::p99),
        durations(totals, DurationStats::p999),
        heatStep,
        columns);
  }

  private static List<Long> list(List<SeriesTotals> totals, Function<SeriesTotals, Long> figure) {
    return totals.stream().map(figure).toList();
  }

  private static List<Long> durations(
      List<SeriesTotals> totals, Function<DurationStats, Double> figure) {
    List<Long> list = new ArrayList<>(totals.size());
    for (SeriesTotals one : totals) {
      list.add(micros(one.durationUs(), figure));
    }
    return list;
  }

  /// Whole microseconds, or null.
  static Long micros(DurationStats durations, Function<DurationStats, Double> figure) {
    return durations == null ? null : (Long) Math.round(figure.apply(durations));
  }
}
