package dev.millrace.drill;

import dev.millrace.sink.WindowQueries;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/// A SQLite file.
final class DatabaseFile extends Database {
  private static final String NAME = "windows.db";

  /// For a lock that somebody else has between two of his transactions.
  private static final String PATIENCE = "PRAGMA busy_timeout = 10000";

  private final Path file;

  /// @param folder of the drill
  DatabaseFile(Path folder, Optional<SmallDisk> disk) {
    super(disk);
    file = disk.map(SmallDisk::path).orElse(folder).resolve(NAME);
  }

  @Override
  void begin() {
    // The sink makes it.
  }

  @Override
  List<String> sinkOptions() {
    return List.of("--database", file.toString());
  }

  @Override
  Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  @Override
  WindowQueries queries() {
    return WindowQueries.open(file);
  }

  @Override
  List<String> locking() {
    return List.of(PATIENCE, "BEGIN IMMEDIATE");
  }

  /// SQLite's log keeps its length.
  @Override
  void compact() {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(PATIENCE);
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (SQLException e) {
      throw new DrillException(file + " could not give its log back: " + e.getMessage(), e);
    }
  }

  @Override
  void end() {
    // Nobody has it open any more.
  }

  /// What to call it.
  @Override
  public String toString() {
    return file.toString();
  }
}
