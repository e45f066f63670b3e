package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.stream.Collectors;

/// A window row as columns, and back. The one place that knows the columns' order.
final class WindowRows {
  private static final List<String> KEY =
      List.of("window_start_ms", "window_size_ms", "service", "route");

  private static final List<String> VALUES =
      List.of(
          "requests",
          "errors",
          "client_errors",
          "bytes",
          "rate_per_s",
          "duration_count",
          "mean_us",
          "p50_us",
          "p90_us",
          "p95_us",
          "p99_us",
          "p999_us",
          "max_us",
          "histogram",
          "late",
          "revision",
          "final");

  /// All columns, as [#read(ResultSet)] expects them.
  static final String COLUMNS = String.join(", ", KEY) + ", " + String.join(", ", VALUES);

  /// Inserts a row, or replaces one whose revision is no higher.
  static final String UPSERT =
      upsert("VALUES (?" + ", ?".repeat(KEY.size() + VALUES.size() - 1) + ")");

  private static final JsonRecords<ExponentialHistogram> HISTOGRAMS =
      new JsonRecords<>(ExponentialHistogram.class);

  private WindowRows() {}

  /// The same for rows that come from somewhere else than parameters.
  ///
  /// @param source a query for [#COLUMNS], or `VALUES`
  static String upsert(String source) {
    return "INSERT INTO windows (%s) %s ON CONFLICT (%s) DO UPDATE SET %s"
            .formatted(
                COLUMNS,
                source,
                String.join(", ", KEY),
                VALUES.stream().map(v -> v + " = excluded." + v).collect(Collectors.joining(", ")))
        + " WHERE excluded.revision >= windows.revision";
  }

  /// Takes a row's values, by the number of their column, from 1.
  interface Target {
    void set(int column, long value) throws SQLException;

    void set(int column, double value) throws SQLException;

    void set(int column, String value) throws SQLException;

    void setNull(int column) throws SQLException;
  }

  /// Sets the parameters of [#UPSERT].
  static void bind(PreparedStatement upsert, WindowSummary row) throws SQLException {
    put(
        row,
        new Target() {
          @Override
          public void set(int column, long value) throws SQLException {
            upsert.setLong(column, value);
          }

          @Override
          public void set(int column, double value) throws SQLException {
            upsert.setDouble(column, value);
          }

          @Override
          public void set(int column, String value) throws SQLException {
            upsert.setString(column, value);
          }

          @Override
          public void setNull(int column) throws SQLException {
            upsert.setNull(column, Types.NULL);
          }
        });
  }

  /// Puts a row into columns.
  static void put(WindowSummary row, Target target) throws SQLException {
    target.set(1, row.windowStart());
    target.set(2, row.windowSizeMs());
    target.set(3, row.service());
    target.set(4, row.route());
    target.set(5, row.requests());
    target.set(6, row.errors());
    target.set(7, row.clientErrors());
    target.set(8, row.bytes());
    target.set(9, row.ratePerS());
    DurationStats duration = row.durationUs();
    if (duration == null) {
      for (int column = 10; column <= 18; column++) {
        target.setNull(column);
      }
    } else {
      target.set(10, duration.count());
      target.set(11, duration.mean());
      target.set(12, duration.p50());
      target.set(13, duration.p90());
      target.set(14, duration.p95());
      target.set(15, duration.p99());
      target.set(16, duration.p999());
      target.set(17, duration.max());
      target.set(18, new String(HISTOGRAMS.encode(row.histogram()), StandardCharsets.UTF_8));
    }
    target.set(19, row.late());
    target.set(20, row.revision());
    target.set(21, row.isFinal() ? 1 : 0);
  }

  /// The row that a query for [#COLUMNS] stands at.
  static WindowSummary read(ResultSet row) throws SQLException {
    String histogram = row.getString(18);
    DurationStats duration =
        histogram == null
            ? null
            : new DurationStats(
                row.getLong(10),
                row.getDouble(11),
                row.getDouble(12),
                row.getDouble(13),
                row.getDouble(14),
                row.getDouble(15),
                row.getDouble(16),
                row.getDouble(17));
    return new WindowSummary(
        row.getLong(1),
        row.getLong(2),
        row.getString(3),
        row.getString(4),
        row.getLong(5),
        row.getLong(6),
        row.getLong(7),
        row.getLong(8),
        row.getDouble(9),
        duration,
        histogram == null ? null : histogram(histogram),
        row.getLong(19),
        row.getInt(20),
        row.getInt(21) != 0);
  }

  /// The column `histogram`, as what it says.
  static ExponentialHistogram histogram(String json) throws SQLException {
    try {
      return HISTOGRAMS.decode(json.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new SQLException("column histogram holds no histogram: " + json, e);
    }
  }
}
