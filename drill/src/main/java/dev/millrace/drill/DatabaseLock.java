package dev.millrace.drill;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/// The lock that a writer of rows needs, held.
final class DatabaseLock implements AutoCloseable {
  private final Connection connection;

  private DatabaseLock(Connection connection) {
    this.connection = connection;
  }

  /// Takes the lock, between two transactions of whoever has it.
  static DatabaseLock take(Database database) {
    try {
      Connection connection = database.connect();
      try (Statement statement = connection.createStatement()) {
        for (String sql : database.locking()) {
          statement.execute(sql);
        }
        return new DatabaseLock(connection);
      } catch (SQLException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw new DrillException(database + " could not be locked: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try (connection;
        Statement statement = connection.createStatement()) {
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      throw new DrillException("the database could not be unlocked: " + e.getMessage(), e);
    }
  }
}
