package dev.millrace.drill;

import dev.millrace.sink.WindowQueries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/// A SQLite file, on a disk of its own if that is to become full.
final class DatabaseFile extends Database {
  private static final String NAME = "windows.db";

  /// For a lock that somebody else has between two of his transactions.
  static final String PATIENCE = "PRAGMA busy_timeout = 10000";

  private final Path folder;
  private final SmallDisk disk;
  private final Path file;

  /// @param folder of the drill
  /// @param onSmallDisk whether its disk is to become full
  DatabaseFile(Path folder, boolean onSmallDisk) {
    this.folder = folder;
    disk = onSmallDisk ? new SmallDisk(folder.resolve("small-disk")) : null;
    file = (onSmallDisk ? disk.path() : folder).resolve(NAME);
  }

  @Override
  void start() throws IOException {
    if (disk != null) {
      disk.mount();
    }
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

  /// Leaves no room on its disk for anything that the sink has to write.
  void fillDisk() throws IOException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(PATIENCE);
      // SQLite's log keeps its length, and would take writes for long without needing room.
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (SQLException e) {
      throw new DrillException(file + " could not give its log back: " + e.getMessage(), e);
    }
    disk.fill();
  }

  /// Makes room again.
  ///
  /// @return whether there was none until now
  boolean freeDisk() throws IOException {
    return disk.free();
  }

  @Override
  void end() throws IOException {
    if (disk == null) {
      return;
    }
    try (disk;
        Stream<Path> files = Files.list(disk.path())) {
      // With its log, if the sink was killed.
      for (Path each : files.filter(DatabaseFile::isOfDatabase).toList()) {
        Files.copy(each, folder.resolve(each.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static boolean isOfDatabase(Path file) {
    return file.getFileName().toString().startsWith(NAME);
  }

  /// What to call it.
  @Override
  public String toString() {
    return file.toString();
  }
}
