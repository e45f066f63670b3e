package dev.millrace.sink;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// Opens a SQLite file after making sure that it is one of ours, and puts SQLite's errors into
/// sentences.
final class SqliteDatabase {
  /// "MILL" in the file's header. Any other database is refused before it is touched.
  static final int APPLICATION_ID = 0x4d494c4c;

  /// How long SQLite itself waits for a lock. Short, so that a stop is not held up; the caller
  /// tries again for much longer.
  private static final int BUSY_TIMEOUT_MS = 1000;

  /// Not WITHOUT ROWID: rows of a kilobyte do not fit its pages, the file was 2.6 times as large
  /// and writing took 3 times as long.
  private static final String TABLES =
      """
      CREATE TABLE schema (version INTEGER NOT NULL, cluster_id TEXT) STRICT;
      CREATE TABLE windows (
        window_start_ms INTEGER NOT NULL,
        window_size_ms INTEGER NOT NULL,
        service TEXT NOT NULL,
        route TEXT NOT NULL,
        requests INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        client_errors INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        rate_per_s REAL NOT NULL,
        duration_count INTEGER,
        mean_us REAL,
        p50_us REAL,
        p90_us REAL,
        p95_us REAL,
        p99_us REAL,
        p999_us REAL,
        max_us REAL,
        histogram TEXT,
        late INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        final INTEGER NOT NULL,
        PRIMARY KEY (window_start_ms, window_size_ms, service, route)
      ) STRICT;
      CREATE INDEX windows_of_series ON windows (service, route, window_start_ms);
      CREATE TABLE topics (topic TEXT PRIMARY KEY, topic_id TEXT NOT NULL) STRICT;
      CREATE TABLE offsets (
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        next_offset INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)
      ) STRICT, WITHOUT ROWID;
      """;

  static final SchemaSteps SCHEMA = new SchemaSteps(List.of(TABLES, WindowViews.forSqlite()));

  private SqliteDatabase() {}

  /// Opens the file, and makes it if need be.
  ///
  /// @throws IllegalArgumentException if that cannot be a file's name
  static Connection openForWriting(Path file) {
    if (file.toString().isEmpty() || file.toString().indexOf('?') >= 0) {
      // The driver takes what follows a '?' for settings.
      throw new IllegalArgumentException(
          "--database '" + file + "': must be the path of a file, without '?'");
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new SinkException("--database " + file + ": folder " + folder + " does not exist");
    }
    return open(file, false);
  }

  /// Opens an existing file, never to change it.
  static Connection openForReading(Path file) {
    if (Files.notExists(file)) {
      throw new SinkException(
          "--database " + file + ": no such file; it is made when the sink first runs");
    }
    return open(file, true);
  }

  private static Connection open(Path file, boolean readOnly) {
    if (Files.isDirectory(file)) {
      throw new SinkException(
          "--database "
              + file
              + " is a folder: give a file in it, such as "
              + file.resolve("millrace.db"));
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_TIMEOUT_MS);
    config.setReadOnly(readOnly);
    Connection connection = null;
    try {
      connection = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
      try (Statement statement = connection.createStatement()) {
        prepare(file, statement, readOnly);
      }
      return connection;
    } catch (SQLException e) {
      closeAfter(e, connection);
      throw sentence(file, e);
    } catch (RuntimeException e) {
      closeAfter(e, connection);
      throw e;
    }
  }

  private static void prepare(Path file, Statement statement, boolean readOnly)
      throws SQLException {
    if (isEmpty(statement)) {
      if (readOnly) {
        throw new SinkException("--database " + file + " is empty: no sink has written to it yet");
      }
      create(statement);
    }
    if (number(statement, "PRAGMA application_id") != APPLICATION_ID) {
      throw new SinkException(
          "--database " + file + " is a database of another program: choose another path");
    }
    boolean isOld = SCHEMA.check(statement, "--database " + file) < SCHEMA.version();
    // Steps have only added so far: who reads does without.
    if (isOld && !readOnly) {
      upgrade(file, statement);
    }
    if (!readOnly) {
      // Readers do not wait for the writer, nor the writer for them.
      statement.execute("PRAGMA journal_mode = WAL");
      // NORMAL does not wait for the disk at each commit. A power failure may undo the last
      // transactions, but rows and offsets go back together and Kafka still has the records: they
      // are read again, nothing is lost or doubled.
      statement.execute("PRAGMA synchronous = NORMAL");
      // A page of an index is changed by many batches. In memory, and in a log that is carried over
      // into the file every 64 MiB, it is read and written back once for all of them.
      statement.execute("PRAGMA cache_size = -65536");
      statement.execute("PRAGMA wal_autocheckpoint = 16384");
    }
  }

  private static void create(Statement statement) throws SQLException {
    // So that the file can become smaller again. Only a file without tables can be told.
    statement.execute("PRAGMA auto_vacuum = INCREMENTAL");
    statement.execute("BEGIN IMMEDIATE");
    // Another sink may have been faster.
    if (isEmpty(statement)) {
      SCHEMA.apply(statement, 0);
      statement.execute("PRAGMA application_id = " + APPLICATION_ID);
    }
    statement.execute("COMMIT");
  }

  private static void upgrade(Path file, Statement statement) throws SQLException {
    statement.execute("BEGIN IMMEDIATE");
    SCHEMA.apply(statement, SCHEMA.check(statement, "--database " + file));
    statement.execute("COMMIT");
  }

  private static boolean isEmpty(Statement statement) throws SQLException {
    return number(statement, "PRAGMA application_id") == 0
        && number(statement, "SELECT count(*) FROM sqlite_schema") == 0;
  }

  static long number(Statement statement, String query) throws SQLException {
    try (ResultSet result = statement.executeQuery(query)) {
      return result.next() ? result.getLong(1) : 0;
    }
  }

  /// Closes what could not be put to use.
  static void closeAfter(Exception reason, Connection connection) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        reason.addSuppressed(e);
      }
    }
  }

  /// What an error of SQLite means to the user.
  static SinkException sentence(Path file, SQLException e) {
    SQLiteErrorCode code =
        e instanceof SQLiteException sqlite
            ? sqlite.getResultCode()
            : SQLiteErrorCode.UNKNOWN_ERROR;
    String database = "--database " + file;
    if (code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE) {
      // The index of the log could not become longer: another sign of a full disk.
      return full(database, e);
    }
    // The low byte is the kind, the rest a detail.
    return switch (code.code & 0xff) {
      case 5, 6, 15 -> new StoreBusyException(database + " is locked by another program", e);
      case 8 ->
          new SinkException(database + " is not writable: check its and its folder's rights", e);
      case 13 -> full(database, e);
      case 10 ->
          new SinkException(
              database + " could not be read or written (" + code + "): check the disk", e);
      case 11 ->
          new SinkException(
              database + " is damaged: move it away, and let the sink fill a new file from Kafka",
              e);
      case 14 ->
          new SinkException(
              database + " could not be opened: check its and its folder's rights", e);
      case 26 ->
          new SinkException(
              database + " is a file, but not a SQLite database: choose another path", e);
      default -> new SinkException(database + ": " + e.getMessage(), e);
    };
  }

  private static StoreBusyException full(String database, SQLException e) {
    return new StoreBusyException(database + ": the disk is full; make room", e);
  }
}
