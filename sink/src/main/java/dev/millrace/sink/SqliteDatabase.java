package dev.millrace.sink;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// Opens a SQLite file after making sure that it is one of ours, and puts SQLite's errors into
/// sentences.
final class SqliteDatabase {
  /// "MILL" in the file's header. Any other database is refused before it is touched.
  static final int APPLICATION_ID = 0x4d494c4c;

  /// Counts up when the schema changes.
  static final int SCHEMA_VERSION = 2;

  /// The version that has no views yet: the sink adds them, and whoever only reads does without.
  static final int VERSION_WITHOUT_VIEWS = 1;

  /// How long SQLite itself waits for a lock. Short, so that a stop is not held up; the caller
  /// tries again for much longer.
  private static final int BUSY_TIMEOUT_MS = 1000;

  /// Not WITHOUT ROWID: rows of a kilobyte do not fit its pages, the file was 2.6 times as large
  /// and writing took 3 times as long.
  private static final String SCHEMA =
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

  private SqliteDatabase() {}

  /// Opens the file, and makes it if need be.
  static Connection openForWriting(Path file) {
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
    checkIdentity(file, statement);
    if (!readOnly) {
      addViews(statement);
      // Readers do not wait for the writer, nor the writer for them.
      statement.execute("PRAGMA journal_mode = WAL");
      // NORMAL does not wait for the disk at each commit. A power failure may undo the last
      // transactions, but rows and offsets go back together and Kafka still has the records: they
      // are read again, nothing is lost or doubled.
      statement.execute("PRAGMA synchronous = NORMAL");
    }
  }

  private static void create(Statement statement) throws SQLException {
    statement.execute("BEGIN IMMEDIATE");
    // Another sink may have been faster.
    if (isEmpty(statement)) {
      statement.executeUpdate(SCHEMA);
      statement.executeUpdate(
          "INSERT INTO schema (version) VALUES (" + VERSION_WITHOUT_VIEWS + ")");
      statement.execute("PRAGMA application_id = " + APPLICATION_ID);
    }
    statement.execute("COMMIT");
  }

  private static void addViews(Statement statement) throws SQLException {
    if (version(statement) != VERSION_WITHOUT_VIEWS) {
      return;
    }
    statement.execute("BEGIN IMMEDIATE");
    // Another sink may have been faster.
    if (version(statement) == VERSION_WITHOUT_VIEWS) {
      statement.executeUpdate(WindowViews.forSqlite());
      statement.executeUpdate("UPDATE schema SET version = " + SCHEMA_VERSION);
    }
    statement.execute("COMMIT");
  }

  private static long version(Statement statement) throws SQLException {
    return number(statement, "SELECT version FROM schema");
  }

  private static boolean isEmpty(Statement statement) throws SQLException {
    return number(statement, "PRAGMA application_id") == 0
        && number(statement, "SELECT count(*) FROM sqlite_schema") == 0;
  }

  private static void checkIdentity(Path file, Statement statement) throws SQLException {
    if (number(statement, "PRAGMA application_id") != APPLICATION_ID) {
      throw new SinkException(
          "--database " + file + " is a database of another program: choose another path");
    }
    long version = version(statement);
    if (version != SCHEMA_VERSION && version != VERSION_WITHOUT_VIEWS) {
      throw new SinkException(
          "--database %s has schema version %d, this Millrace reads and writes version %d: "
                  .formatted(file, version, SCHEMA_VERSION)
              + "use the Millrace that wrote it, or let the sink fill a new file from Kafka");
    }
  }

  private static long number(Statement statement, String query) throws SQLException {
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
    // The low byte is the kind, the rest a detail.
    return switch (code.code & 0xff) {
      case 5, 6, 15 -> new StoreBusyException(database + " is locked by another program", e);
      case 8 ->
          new SinkException(database + " is not writable: check its and its folder's rights", e);
      case 10 ->
          new SinkException(
              database + " could not be read or written (" + code + "): check the disk", e);
      case 11 ->
          new SinkException(
              database + " is damaged: move it away, and let the sink fill a new file from Kafka",
              e);
      case 13 ->
          new SinkException(
              database + ": the disk is full; make room and start again, Kafka has what is missing",
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
}
