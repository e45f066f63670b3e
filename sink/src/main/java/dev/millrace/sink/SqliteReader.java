package dev.millrace.sink;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/// A connection to a sink's SQLite file that cannot write, for one who asks. Not thread-safe.
final class SqliteReader implements AutoCloseable {
  /// Makes something of an answer.
  interface Reader<T> {
    T read(ResultSet result) throws SQLException;
  }

  private final Path file;
  private final Connection connection;

  private SqliteReader(Path file, Connection connection) {
    this.file = file;
    this.connection = connection;
  }

  /// Opens a database that a sink has made.
  ///
  /// @throws SinkException if it is not there, or is not one
  static SqliteReader open(Path file) {
    return new SqliteReader(file, SqliteDatabase.openForReading(file));
  }

  Path file() {
    return file;
  }

  /// For what [#query] does not do.
  Connection connection() {
    return connection;
  }

  /// Asks one question.
  ///
  /// @param parameters of the statement, in order: texts and whole numbers
  <T> T query(String sql, Reader<T> reader, Object... parameters) {
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        query.setObject(i + 1, parameters[i]);
      }
      try (ResultSet result = query.executeQuery()) {
        return reader.read(result);
      }
    } catch (SQLException e) {
      throw SqliteDatabase.sentence(file, e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw SqliteDatabase.sentence(file, e);
    }
  }
}
