package dev.millrace.e2e;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;

/// The sink's database, read with nothing of the sink's.
record Database(Path file) {
  private Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  long number(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      return result.getLong(1);
    }
  }

  /// Whether a query's number is higher than this; for those who wait for it.
  boolean isAbove(long limit, String sql) {
    try {
      return number(sql) > limit;
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  /// The first column's values, with the second's.
  Map<String, Long> numbers(String sql) throws SQLException {
    Map<String, Long> numbers = new TreeMap<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        numbers.put(result.getString(1), result.getLong(2));
      }
    }
    return numbers;
  }

  /// @return how many rows were changed
  int change(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }
}
