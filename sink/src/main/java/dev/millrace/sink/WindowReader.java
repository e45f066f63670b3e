package dev.millrace.sink;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Function;

/// A connection to a sink's database that cannot write, for one who asks. Each answer is of one
/// moment. Not thread-safe.
final class WindowReader implements AutoCloseable {
  /// Makes something of an answer.
  interface Reader<T> {
    T read(ResultSet result) throws SQLException;
  }

  private final String name;
  private final Connection connection;
  private final Function<SQLException, SinkException> sentence;

  private WindowReader(
      String name, Connection connection, Function<SQLException, SinkException> sentence) {
    this.name = name;
    this.connection = connection;
    this.sentence = sentence;
  }

  /// Opens a SQLite file that a sink has made.
  ///
  /// @throws SinkException if it is not there, or is not one
  static WindowReader open(Path file) {
    return new WindowReader(
        "--database " + file,
        SqliteDatabase.openForReading(file),
        e -> SqliteDatabase.sentence(file, e));
  }

  /// Opens a PostgreSQL database that a sink has made its tables in. An answer may take as long as
  /// it needs: whoever asked can break it off.
  ///
  /// @throws SinkException if it cannot be had
  static WindowReader open(PostgresConfig config) {
    return new WindowReader(
        config.name(),
        PostgresDatabase.connectForReading(config, Duration.ZERO),
        e -> PostgresDatabase.sentence(config, e));
  }

  /// The option and what it names, for messages.
  String name() {
    return name;
  }

  /// For what [#query] does not do.
  Connection connection() {
    return connection;
  }

  /// Asks one question.
  ///
  /// @param parameters of the statement, in order: texts and whole numbers
  <T> T query(String sql, Reader<T> reader, Object... parameters) {
    try {
      T answer = ask(sql, reader, parameters);
      if (!connection.getAutoCommit()) {
        // PostgreSQL cannot clean up behind a transaction that stays open.
        connection.rollback();
      }
      return answer;
    } catch (SQLException e) {
      throw sentence.apply(e);
    }
  }

  private <T> T ask(String sql, Reader<T> reader, Object... parameters) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        query.setObject(i + 1, parameters[i]);
      }
      try (ResultSet result = query.executeQuery()) {
        return reader.read(result);
      }
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw sentence.apply(e);
    }
  }
}
