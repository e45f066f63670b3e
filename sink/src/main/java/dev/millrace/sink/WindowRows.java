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
      ("INSERT INTO windows (%s) VALUES (?%s) ON CONFLICT (%s) DO UPDATE SET %s"
              + " WHERE excluded.revision >= windows.revision")
          .formatted(
              COLUMNS,
              ", ?".repeat(KEY.size() + VALUES.size() - 1),
              String.join(", ", KEY),
              VALUES.stream().map(v -> v + " = excluded." + v).collect(Collectors.joining(", ")));

  private static final JsonRecords<ExponentialHistogram> HISTOGRAMS =
      new JsonRecords<>(ExponentialHistogram.class);

  private WindowRows() {}

  /// Sets the parameters of [#UPSERT].
  static void bind(PreparedStatement upsert, WindowSummary row) throws SQLException {
    upsert.setLong(1, row.windowStart());
    upsert.setLong(2, row.windowSizeMs());
    upsert.setString(3, row.service());
    upsert.setString(4, row.route());
    upsert.setLong(5, row.requests());
    upsert.setLong(6, row.errors());
    upsert.setLong(7, row.clientErrors());
    upsert.setLong(8, row.bytes());
    upsert.setDouble(9, row.ratePerS());
    DurationStats duration = row.durationUs();
    if (duration == null) {
      for (int column = 10; column <= 18; column++) {
        upsert.setNull(column, Types.NULL);
      }
    } else {
      upsert.setLong(10, duration.count());
      upsert.setDouble(11, duration.mean());
      upsert.setDouble(12, duration.p50());
      upsert.setDouble(13, duration.p90());
      upsert.setDouble(14, duration.p95());
      upsert.setDouble(15, duration.p99());
      upsert.setDouble(16, duration.p999());
      upsert.setDouble(17, duration.max());
      upsert.setString(18, new String(HISTOGRAMS.encode(row.histogram()), StandardCharsets.UTF_8));
    }
    upsert.setLong(19, row.late());
    upsert.setInt(20, row.revision());
    upsert.setInt(21, row.isFinal() ? 1 : 0);
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

  private static ExponentialHistogram histogram(String json) throws SQLException {
    try {
      return HISTOGRAMS.decode(json.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new SQLException("column histogram holds no histogram: " + json, e);
    }
  }
}
