package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes many rows with one statement: each column travels as one array, and the server makes rows
/// of them again. Parsing, planning and the way there and back are paid once for all.
final class PostgresRows implements WindowRows.Target {
  /// Rows of one statement at most, so that its parameters take some megabytes and not more.
  private static final int MAX_ROWS = 5_000;

  private static final List<String> TYPES =
      List.of(
          "int8", "int8", "text", "text", "int8", "int8", "int8", "int8", "float8", "int8",
          "float8", "float8", "float8", "float8", "float8", "float8", "float8", "text", "int8",
          "int4", "int4");

  private static final String UPSERT =
      WindowRows.upsert(
          "SELECT * FROM unnest("
              + String.join(", ", TYPES.stream().map(type -> "?::" + type + "[]").toList())
              + ")");

  private final Connection connection;
  private final PreparedStatement upsert;
  private final Object[][] columns = new Object[TYPES.size()][];
  private int row;

  PostgresRows(Connection connection) throws SQLException {
    this.connection = connection;
    this.upsert = connection.prepareStatement(UPSERT);
  }

  /// Writes rows, as if one after the other.
  ///
  /// @return how many; the others gave way to a higher revision
  int write(List<WindowSummary> rows) throws SQLException {
    int written = 0;
    for (List<WindowSummary> round : rounds(rows)) {
      for (int from = 0; from < round.size(); from += MAX_ROWS) {
        written += writeAtOnce(round.subList(from, Math.min(from + MAX_ROWS, round.size())));
      }
    }
    return written;
  }

  private record Key(long startMs, long sizeMs, String service, String route) {
    static Key of(WindowSummary row) {
      return new Key(row.windowStart(), row.windowSizeMs(), row.service(), row.route());
    }
  }

  /// A statement may not touch a row twice. So the first row of each window and series is in the
  /// first list, its second one in the second, and so on; there is hardly ever a second.
  static List<List<WindowSummary>> rounds(List<WindowSummary> rows) {
    Map<Key, Integer> seen = HashMap.newHashMap(rows.size());
    List<List<WindowSummary>> rounds = new ArrayList<>();
    for (WindowSummary row : rows) {
      int round = seen.merge(Key.of(row), 1, Integer::sum) - 1;
      if (round == rounds.size()) {
        rounds.add(new ArrayList<>());
      }
      rounds.get(round).add(row);
    }
    return rounds;
  }

  private int writeAtOnce(List<WindowSummary> rows) throws SQLException {
    for (int column = 0; column < columns.length; column++) {
      columns[column] =
          switch (TYPES.get(column)) {
            case "int8" -> new Long[rows.size()];
            case "int4" -> new Integer[rows.size()];
            case "float8" -> new Double[rows.size()];
            default -> new String[rows.size()];
          };
    }
    for (row = 0; row < rows.size(); row++) {
      WindowRows.put(rows.get(row), this);
    }
    for (int column = 0; column < columns.length; column++) {
      upsert.setArray(column + 1, connection.createArrayOf(TYPES.get(column), columns[column]));
      columns[column] = null;
    }
    return upsert.executeUpdate();
  }

  @Override
  public void set(int column, long value) {
    Object[] values = columns[column - 1];
    values[row] = values instanceof Integer[] ? (Object) (int) value : (Object) value;
  }

  @Override
  public void set(int column, double value) {
    columns[column - 1][row] = value;
  }

  @Override
  public void set(int column, String value) {
    columns[column - 1][row] = value;
  }

  @Override
  public void setNull(int column) {
    // Is what an array begins with.
  }
}
