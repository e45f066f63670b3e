package dev.millrace.drill;

import dev.millrace.sink.WindowQueries;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;

/// The SQLite file that the sink writes into.
final class DatabaseFile implements AutoCloseable {
  private final Path file;
  private DatabaseLock lock;

  DatabaseFile(Path file) {
    this.file = file;
  }

  /// How the sink is told of it.
  List<String> sinkOptions() {
    return List.of("--database", file.toString());
  }

  /// A connection of our own.
  Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  /// Questions to it.
  WindowQueries queries() {
    return WindowQueries.open(file);
  }

  void lock() {
    lock = DatabaseLock.take(this);
  }

  void unlock() {
    lock.close();
    lock = null;
  }

  @Override
  public void close() {
    if (lock != null) {
      unlock();
    }
  }

  /// What to call it.
  @Override
  public String toString() {
    return file.toString();
  }
}
