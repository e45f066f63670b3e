package dev.millrace.drill;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/// All rows of the sink's database, as a reader in SQL finds them.
final class DatabaseRows {
  private DatabaseRows() {}

  /// Of all sizes and levels.
  static Map<Cell, Row> read(Database database) {
    Map<Cell, Row> rows = new HashMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT window_size_ms, window_start_ms, service, route, requests, errors,"
                    + " client_errors, bytes, late, revision, final FROM windows")) {
      while (row.next()) {
        rows.put(
            new Cell(
                WindowSize.ofMs(row.getLong(1)),
                row.getLong(2),
                new Series(row.getString(3), row.getString(4))),
            new Row(
                new Counts(row.getLong(5), row.getLong(6), row.getLong(7), row.getLong(8)),
                row.getLong(9),
                row.getInt(10),
                row.getInt(11) != 0));
      }
    } catch (SQLException e) {
      throw new DrillException(database + " could not be read: " + e.getMessage(), e);
    }
    return rows;
  }

  /// How many requests the total has, in windows of the size that has the fewest: rows of longer
  /// windows come last.
  static long leastTotal(Database database) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*), coalesce(min(requests), 0) FROM (SELECT sum(requests) AS requests"
                    + " FROM windows GROUP BY window_size_ms, service = '*', route = '*') AS levels")) {
      row.next();
      // Three sizes, each of routes, services and the total.
      return row.getInt(1) < 3 * WindowSize.values().length ? 0 : row.getLong(2);
    } catch (SQLException e) {
      throw new DrillException(database + " could not be read: " + e.getMessage(), e);
    }
  }
}
