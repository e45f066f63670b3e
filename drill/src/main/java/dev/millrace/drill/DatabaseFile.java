package dev.millrace.drill;

import dev.millrace.sink.WindowQueries;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A SQLite file.
final class DatabaseFile extends Database {
  private static final String NAME = "windows.db";

  /// For a lock that somebody else has between two of his transactions.
  private static final String PATIENCE = "PRAGMA busy_timeout = 10000";

  private static final Duration COMPACT_WITHIN = Duration.ofSeconds(60);
  private static final long PAUSE_MS = 20;

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
  void compact() throws InterruptedException {
    long deadline = System.nanoTime() + COMPACT_WITHIN.toNanos();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(PATIENCE);
      while (isBusy(statement)) {
        if (System.nanoTime() > deadline) {
          throw new DrillException(
              file
                  + " could not give its log back: it was in use for "
                  + COMPACT_WITHIN.toSeconds()
                  + " s");
        }
        Thread.sleep(PAUSE_MS);
      }
    } catch (SQLException e) {
      throw new DrillException(file + " could not give its log back: " + e.getMessage(), e);
    }
  }

  /// Whether somebody keeps the log from being cut off, such as the sink, which may be at it
  /// itself. For that SQLite does not wait.
  private static boolean isBusy(Statement statement) throws SQLException {
    try (ResultSet result = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
      result.next();
      return result.getInt("busy") != 0;
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
