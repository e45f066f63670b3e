package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;

/// Window rows in a SQLite file, readable by [WindowQueries] and by any SQLite tool while the sink
/// writes.
public final class SqliteWindowStore implements WindowStore {
  private static final int PAGES_AT_A_TIME = 2_000;

  private final Path file;
  private final Object fileKey;
  private final Connection connection;
  private final Statement statement;
  private final PreparedStatement upsert;
  private final PreparedStatement delete;
  private final OffsetTables offsets;

  private SqliteWindowStore(Path file, Connection connection) throws SQLException {
    this.file = file;
    this.fileKey = fileKey();
    this.connection = connection;
    this.statement = connection.createStatement();
    this.upsert = connection.prepareStatement(WindowRows.UPSERT);
    this.delete =
        connection.prepareStatement(
            "DELETE FROM windows WHERE rowid IN"
                + " (SELECT rowid FROM windows WHERE window_start_ms < ? LIMIT ?)");
    this.offsets = new OffsetTables("--database " + file, connection);
  }

  /// Opens a database, and makes it if there is none.
  ///
  /// @throws SinkException if the file cannot be used, or is not ours
  /// @throws IllegalArgumentException if that cannot be a file's name
  public static SqliteWindowStore open(Path file) {
    // Two sinks may start on a new file at once, and one finds it locked.
    return new Retry().whileBusy(() -> openNow(file));
  }

  private static SqliteWindowStore openNow(Path file) {
    Connection connection = SqliteDatabase.openForWriting(file);
    try {
      return new SqliteWindowStore(file, connection);
    } catch (SQLException e) {
      SqliteDatabase.closeAfter(e, connection);
      throw SqliteDatabase.sentence(file, e);
    }
  }

  @Override
  public void bindTo(String clusterId) {
    transaction(() -> {
      offsets.bindTo(clusterId);
      return clusterId;
    });
  }

  @Override
  public void bindTo(String topic, String topicId) {
    transaction(() -> {
      offsets.bindTo(topic, topicId);
      return topicId;
    });
  }

  @Override
  public Map<TopicPartition, Long> offsets() {
    try {
      return offsets.read();
    } catch (SQLException e) {
      throw SqliteDatabase.sentence(file, e);
    }
  }

  @Override
  public int write(List<WindowSummary> rows, List<OffsetAdvance> advances) {
    // SQLite goes on writing to a file that was deleted, and all of it would be gone at the end.
    if (!Objects.equals(fileKey(), fileKey)) {
      throw new SinkException(
          "--database " + file + " was moved or deleted while the sink had it open: start again");
    }
    return transaction(() -> {
      int written = upsert(rows);
      for (OffsetAdvance advance : advances) {
        offsets.move(advance);
      }
      return written;
    });
  }

  private int upsert(List<WindowSummary> rows) throws SQLException {
    for (WindowSummary row : rows) {
      WindowRows.bind(upsert, row);
      upsert.addBatch();
    }
    int written = 0;
    for (int changed : upsert.executeBatch()) {
      written += changed;
    }
    return written;
  }

  @Override
  public int deleteBefore(long startMs, int limit) {
    int deleted =
        transaction(() -> {
          delete.setLong(1, startMs);
          delete.setInt(2, limit);
          return delete.executeUpdate();
        });
    if (deleted > 0) {
      shrink();
    }
    return deleted;
  }

  /// Gives pages back to the disk, if more are free than new rows will soon have filled again.
  private void shrink() {
    try {
      long pages = SqliteDatabase.number(statement, "PRAGMA page_count");
      long free = SqliteDatabase.number(statement, "PRAGMA freelist_count");
      if (free > pages / 10) {
        // One step of it frees one page; this is the call that takes all steps.
        statement.executeUpdate("PRAGMA incremental_vacuum(" + PAGES_AT_A_TIME + ")");
      }
    } catch (SQLException e) {
      throw SqliteDatabase.sentence(file, e);
    }
  }

  private interface Work<T> {
    T run() throws SQLException;
  }

  /// Begun and ended by hand: the driver's own transactions would take the write lock again right
  /// after each commit. IMMEDIATE takes it at the start, where waiting for it is possible.
  private <T> T transaction(Work<T> work) {
    try {
      statement.execute("BEGIN IMMEDIATE");
      T result = work.run();
      statement.execute("COMMIT");
      return result;
    } catch (SQLException e) {
      rollBack(e);
      throw SqliteDatabase.sentence(file, e);
    } catch (RuntimeException | Error e) {
      rollBack(e);
      throw e;
    }
  }

  private void rollBack(Throwable reason) {
    try {
      upsert.clearBatch();
      // Some errors end the transaction by themselves.
      if (!connection.isClosed()) {
        statement.execute("ROLLBACK");
      }
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  private Object fileKey() {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (IOException _) {
      return null;
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
