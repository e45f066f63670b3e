package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads what every series did.
final class SeriesTableQuery {
  /// Of a longer span, the end: every row of every series is read.
  static final long MAX_SPAN_MS = 3_600_000;

  private static final int MAX_STEPS = 60;

  private static final String WHERE =
      " FROM windows WHERE window_start_ms >= ? AND window_start_ms < ? AND window_size_ms = ?";
  private static final String COUNTS =
      "SELECT service, route, window_start_ms, requests, errors" + WHERE;
  private static final String DURATIONS =
      "SELECT service, route, p50_us, p99_us, window_start_ms" + WHERE + " AND p50_us IS NOT NULL";
  private static final String ROWS = "SELECT " + WindowRows.COLUMNS + WHERE;

  /// One series, while its rows are being added up.
  private static final class Sum {
    final long[] requests;
    final long[] errors;
    long failed;
    LatencySketch sketch;
    double maxUs;
    long durationsStart;
    Long p50;
    Long p99;

    Sum(int steps) {
      requests = new long[steps];
      errors = new long[steps];
    }

    void count(int step, long more, long moreErrors) {
      requests[step] += more;
      errors[step] += moreErrors;
      failed += moreErrors;
    }

    void merge(WindowSummary row) {
      if (row.durationUs() == null) {
        return;
      }
      if (sketch == null) {
        sketch = new LatencySketch();
      }
      sketch.merge(new LatencySketch(row.histogram()));
      maxUs = Math.max(maxUs, row.durationUs().max());
    }

    SeriesTable.Line line(Series series) {
      if (sketch != null) {
        DurationStats merged = sketch.stats(0, (long) maxUs);
        p50 = CourseQuery.micros(merged, DurationStats::p50);
        p99 = CourseQuery.micros(merged, DurationStats::p99);
      }
      return new SeriesTable.Line(
          series.service(),
          series.route(),
          Arrays.stream(requests).boxed().toList(),
          failed == 0 ? null : Arrays.stream(errors).boxed().toList(),
          p50,
          p99);
    }
  }

  private final Map<Series, Sum> sums = new HashMap<>();
  private final long from;
  private final long to;
  private final long step;
  private final int steps;

  private SeriesTableQuery(long from, long to, long step) {
    this.step = step;
    this.from = from - Math.floorMod(from, step);
    this.steps = Math.toIntExact(Math.ceilDiv(to - this.from, step));
    this.to = this.from + steps * step;
  }

  /// The last minute by seconds, and the percentiles of the newest ten-second window, of a series
  /// that has none those of its newest second. Reads no histograms, so that it is quick for a
  /// thousand series.
  ///
  /// @param to epoch milliseconds, exclusive
  static SeriesTable lastMinute(Connection connection, long to) throws SQLException {
    SeriesTableQuery query =
        new SeriesTableQuery(to - MAX_STEPS * 1_000L, to, WindowSize.SECOND.ms());
    try (PreparedStatement counts = connection.prepareStatement(COUNTS)) {
      query.bind(counts, query.from, query.step);
      try (ResultSet rows = counts.executeQuery()) {
        while (rows.next()) {
          query
              .sum(new Series(rows.getString(1), rows.getString(2)))
              .count(query.at(rows.getLong(3)), rows.getLong(4), rows.getLong(5));
        }
      }
    }
    query.readDurations(connection, WindowSize.SECOND.ms(), 3 * WindowSize.SECOND.ms());
    query.readDurations(connection, WindowSize.TEN_SECONDS.ms(), 3 * WindowSize.TEN_SECONDS.ms());
    return query.table(query.to, WindowSize.TEN_SECONDS.ms());
  }

  private void readDurations(Connection connection, long size, long back) throws SQLException {
    for (Sum sum : sums.values()) {
      sum.durationsStart = 0;
    }
    try (PreparedStatement durations = connection.prepareStatement(DURATIONS)) {
      bind(durations, to - back, size);
      try (ResultSet rows = durations.executeQuery()) {
        while (rows.next()) {
          Sum sum = sum(new Series(rows.getString(1), rows.getString(2)));
          if (rows.getLong(5) >= sum.durationsStart) {
            sum.durationsStart = rows.getLong(5);
            sum.p50 = Math.round(rows.getDouble(3));
            sum.p99 = Math.round(rows.getDouble(4));
          }
        }
      }
    }
  }

  /// All of a span, in whole steps, of one longer than [#MAX_SPAN_MS] its end. The answer's `to` is
  /// where what is counted ends, so that a rate can be had from it.
  ///
  /// @param begin epoch milliseconds
  /// @param to epoch milliseconds, exclusive, after `begin`
  static SeriesTable span(Connection connection, long begin, long to) throws SQLException {
    long from = Math.max(begin, to - MAX_SPAN_MS);
    SeriesTableQuery query = new SeriesTableQuery(from, to, step(to - from));
    try (PreparedStatement all = connection.prepareStatement(ROWS)) {
      query.bind(all, query.from, query.step);
      try (ResultSet rows = all.executeQuery()) {
        while (rows.next()) {
          WindowSummary row = WindowRows.read(rows);
          Sum sum = query.sum(row.series());
          sum.count(query.at(row.windowStart()), row.requests(), row.errors());
          sum.merge(row);
        }
      }
    }
    // A window is in the database when it is over.
    Long newest = CourseQuery.newestEnd(connection, query.step);
    long counted = newest == null || newest <= query.from ? query.to : Math.min(query.to, newest);
    return query.table(counted, counted - query.from);
  }

  private static long step(long spanMs) {
    for (WindowSize size : WindowSize.values()) {
      if (spanMs <= size.ms() * MAX_STEPS) {
        return size.ms();
      }
    }
    return WindowSize.MINUTE.ms();
  }

  private void bind(PreparedStatement query, long begin, long size) throws SQLException {
    query.setLong(1, begin);
    query.setLong(2, to);
    query.setLong(3, size);
  }

  private Sum sum(Series series) {
    return sums.computeIfAbsent(series, _ -> new Sum(steps));
  }

  private int at(long start) {
    return (int) ((start - from) / step);
  }

  private SeriesTable table(long countedTo, long durationsMs) {
    List<SeriesTable.Line> lines =
        sums.entrySet().stream().map(sum -> sum.getValue().line(sum.getKey())).toList();
    return new SeriesTable(from, countedTo, step, durationsMs, lines);
  }
}
