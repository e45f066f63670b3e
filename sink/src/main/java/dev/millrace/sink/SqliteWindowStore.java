package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;

/// Window rows in a SQLite file, readable by [WindowQueries] and by any SQLite tool while the sink
/// writes.
public final class SqliteWindowStore implements WindowStore {
  private final Path file;
  private final Object fileKey;
  private final Connection connection;
  private final Statement statement;
  private final PreparedStatement upsert;
  private final PreparedStatement insertOffset;
  private final PreparedStatement updateOffset;

  private SqliteWindowStore(Path file, Connection connection) throws SQLException {
    this.file = file;
    this.fileKey = fileKey();
    this.connection = connection;
    this.statement = connection.createStatement();
    this.upsert = connection.prepareStatement(WindowRows.UPSERT);
    this.insertOffset =
        connection.prepareStatement(
            "INSERT INTO offsets (next_offset, topic, partition) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    this.updateOffset =
        connection.prepareStatement(
            "UPDATE offsets SET next_offset = ? WHERE topic = ? AND partition = ? AND next_offset = ?");
  }

  /// Opens a database, and makes it if there is none.
  ///
  /// @throws SinkException if the file cannot be used, or is not ours
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
    String bound =
        bind(
            "UPDATE schema SET cluster_id = ? WHERE cluster_id IS NULL",
            "SELECT cluster_id FROM schema",
            clusterId);
    if (!bound.equals(clusterId)) {
      throw new SinkException(
          "--database %s holds rows of Kafka cluster %s, this is cluster %s: choose another file for this cluster"
              .formatted(file, bound, clusterId));
    }
  }

  @Override
  public void bindTo(String topic, String topicId) {
    String bound =
        bind(
            "INSERT INTO topics (topic_id, topic) VALUES (?, ?) ON CONFLICT DO NOTHING",
            "SELECT topic_id FROM topics WHERE topic = ?",
            topicId,
            topic);
    if (!bound.equals(topicId)) {
      throw new SinkException(
          "--database %s holds rows of an earlier topic %s, which was deleted and made anew since: choose another file"
              .formatted(file, topic));
    }
  }

  /// Sets an id if there is none.
  ///
  /// @param name what the id is about, if there are several
  /// @return the id that is there now
  private String bind(String set, String get, String id, String... name) {
    return transaction(() -> {
      try (PreparedStatement setting = connection.prepareStatement(set);
          PreparedStatement getting = connection.prepareStatement(get)) {
        setting.setString(1, id);
        for (int i = 0; i < name.length; i++) {
          setting.setString(i + 2, name[i]);
          getting.setString(i + 1, name[i]);
        }
        setting.executeUpdate();
        try (ResultSet result = getting.executeQuery()) {
          result.next();
          return result.getString(1);
        }
      }
    });
  }

  @Override
  public Map<TopicPartition, Long> offsets() {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    try (ResultSet result =
        statement.executeQuery("SELECT topic, partition, next_offset FROM offsets")) {
      while (result.next()) {
        offsets.put(new TopicPartition(result.getString(1), result.getInt(2)), result.getLong(3));
      }
    } catch (SQLException e) {
      throw SqliteDatabase.sentence(file, e);
    }
    return offsets;
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
        move(advance);
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

  /// A sink that was thought dead may wake up with records that its successor has written since. It
  /// must not turn the offset back, so it only moves on from where it left the offset itself.
  private void move(OffsetAdvance advance) throws SQLException {
    PreparedStatement move = advance.from().isPresent() ? updateOffset : insertOffset;
    move.setLong(1, advance.to());
    move.setString(2, advance.partition().topic());
    move.setInt(3, advance.partition().partition());
    if (advance.from().isPresent()) {
      move.setLong(4, advance.from().getAsLong());
    }
    if (move.executeUpdate() != 1) {
      throw new StaleWriterException(
          "--database %s has offset %s for %s where this sink left %s: another sink writes to it too"
              .formatted(
                  file,
                  offsets().get(advance.partition()),
                  advance.partition(),
                  advance.from().isPresent() ? advance.from().getAsLong() : "none"));
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
