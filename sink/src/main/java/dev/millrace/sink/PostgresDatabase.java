package dev.millrace.sink;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.util.PSQLException;

/// Connects to a PostgreSQL database after making sure that its tables are ours, and puts its
/// errors into sentences.
final class PostgresDatabase {
  private static final String FETCH_ROWS = "1000";

  /// "MILL": who makes or changes the tables holds this lock.
  private static final long LOCK = 0x4d494c4c;

  /// The columns of SQLite, so that one query does for both. Names are compared byte by byte, as
  /// SQLite does it.
  private static final String TABLES =
      """
      CREATE TABLE schema (version INTEGER NOT NULL, cluster_id TEXT);
      CREATE TABLE windows (
        window_start_ms BIGINT NOT NULL,
        window_size_ms BIGINT NOT NULL,
        service TEXT COLLATE "C" NOT NULL,
        route TEXT COLLATE "C" NOT NULL,
        requests BIGINT NOT NULL,
        errors BIGINT NOT NULL,
        client_errors BIGINT NOT NULL,
        bytes BIGINT NOT NULL,
        rate_per_s DOUBLE PRECISION NOT NULL,
        duration_count BIGINT,
        mean_us DOUBLE PRECISION,
        p50_us DOUBLE PRECISION,
        p90_us DOUBLE PRECISION,
        p95_us DOUBLE PRECISION,
        p99_us DOUBLE PRECISION,
        p999_us DOUBLE PRECISION,
        max_us DOUBLE PRECISION,
        histogram TEXT,
        late BIGINT NOT NULL,
        revision INTEGER NOT NULL,
        final INTEGER NOT NULL,
        PRIMARY KEY (window_start_ms, window_size_ms, service, route)
      );
      CREATE INDEX windows_of_series ON windows (service, route, window_start_ms);
      CREATE TABLE topics (topic TEXT PRIMARY KEY, topic_id TEXT NOT NULL);
      CREATE TABLE offsets (
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        next_offset BIGINT NOT NULL,
        PRIMARY KEY (topic, partition)
      );
      """;

  static final SchemaSteps SCHEMA = new SchemaSteps(List.of(TABLES, WindowViews.forPostgresql()));

  private PostgresDatabase() {}

  /// A new connection, by whose commits transactions end; with all tables there.
  static Connection connect(PostgresConfig config) {
    Connection connection = null;
    try {
      connection = new Driver().connect(config.url(), config.properties());
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        prepare(config, statement);
      }
      connection.commit();
      return connection;
    } catch (SQLException e) {
      SqliteDatabase.closeAfter(e, connection);
      throw sentence(config, e);
    } catch (RuntimeException e) {
      SqliteDatabase.closeAfter(e, connection);
      throw e;
    }
  }

  /// A new connection that cannot write, each of whose questions is about one moment. Rows come a
  /// thousand at a time, as they are read, which the driver does within a transaction only: who
  /// keeps the connection ends that after each question.
  ///
  /// @param limit how long a question may take; zero for any time
  static Connection connectForReading(PostgresConfig config, Duration limit) {
    Connection connection = null;
    Properties properties = config.properties();
    properties.putIfAbsent(PGProperty.DEFAULT_ROW_FETCH_SIZE.getName(), FETCH_ROWS);
    try {
      connection = new Driver().connect(config.url(), properties);
      connection.setReadOnly(true);
      if (limit.isZero()) {
        connection.setNetworkTimeout(Runnable::run, 0);
      }
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET default_transaction_read_only = on");
        statement.execute("SET statement_timeout = " + limit.toMillis());
      }
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException e) {
      SqliteDatabase.closeAfter(e, connection);
      throw sentence(config, e);
    }
  }

  private static void prepare(PostgresConfig config, Statement statement) throws SQLException {
    String encoding = text(statement, "SHOW server_encoding");
    if (!encoding.equals("UTF8")) {
      throw new SinkException(
          "%s keeps text as %s, which does not have every name: make a database with ENCODING 'UTF8'"
              .formatted(config.name(), encoding));
    }
    // A sink that is stopped in the middle of a transaction, or a machine that has vanished, must
    // not hold up the one that takes over.
    statement.execute("SET lock_timeout = '5s'");
    statement.execute("SET idle_in_transaction_session_timeout = '60s'");
    if (!has(statement, "schema") || SCHEMA.check(statement, config.name()) < SCHEMA.version()) {
      upgrade(config, statement);
    }
  }

  /// Makes the tables or brings them up to date, unless another sink was faster.
  private static void upgrade(PostgresConfig config, Statement statement) throws SQLException {
    statement.execute("SELECT pg_advisory_xact_lock(" + LOCK + ")");
    int from = has(statement, "schema") ? SCHEMA.check(statement, config.name()) : 0;
    if (from == 0 && hasAny(statement, "windows", "topics", "offsets")) {
      throw notOurs(config, null);
    }
    // What is made of a table that is large already takes its time.
    statement.execute("SET LOCAL lock_timeout = 0");
    Connection connection = statement.getConnection();
    int patience = connection.getNetworkTimeout();
    connection.setNetworkTimeout(Runnable::run, 0);
    try {
      SCHEMA.apply(statement, from);
    } finally {
      connection.setNetworkTimeout(Runnable::run, patience);
    }
  }

  /// Not by `to_regclass`, which may remember that there was none before we had the lock.
  private static boolean has(Statement statement, String table) throws SQLException {
    return text(
            statement,
            "SELECT relname FROM pg_catalog.pg_class WHERE relname = '"
                + table
                + "' AND pg_catalog.pg_table_is_visible(oid)")
        != null;
  }

  private static boolean hasAny(Statement statement, String... tables) throws SQLException {
    for (String table : tables) {
      if (has(statement, table)) {
        return true;
      }
    }
    return false;
  }

  private static String text(Statement statement, String query) throws SQLException {
    try (ResultSet result = statement.executeQuery(query)) {
      return result.next() ? result.getString(1) : null;
    }
  }

  private static SinkException notOurs(PostgresConfig config, SQLException e) {
    return new SinkException(
        config.name()
            + " has tables of another program: give another database, or a schema of its own with"
            + " ?currentSchema=NAME",
        e);
  }

  /// What an error of PostgreSQL or its driver means to the user. By SQLSTATE, see PostgreSQL's
  /// manual, appendix A.
  static SinkException sentence(PostgresConfig config, SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    String name = config.name();
    String said = said(e);
    return switch (state) {
      case "53100" -> new StoreBusyException(name + ": the disk is full; make room", e);
      // The last two: the server has ended a transaction of ours that stood still, because this
      // process did. The next connection is as good as any.
      case "40001", "40P01", "55P03", "57014", "25P03", "25P04" ->
          new StoreBusyException(name + " is held by another program: " + said, e);
      case "25006" -> new StoreBusyException(name + " takes no writes, is it a standby?", e);
      case "3D000" ->
          new SinkException(
              "%s: there is no such database; make it: createdb %s"
                  .formatted(name, config.database()),
              e);
      case "28P01", "28000", "08004" ->
          new SinkException(
              name
                  + " does not let us in: "
                  + said
                  + "; give user and password in a --jdbc-config file",
              e);
      case "3F000" ->
          new SinkException(name + ": there is no such schema; make it: CREATE SCHEMA NAME", e);
      case "42501" -> new SinkException(name + ": the user may not do this: " + said, e);
      case "42P01" -> new SinkException(name + " has no windows: no sink has written to it yet", e);
      case "42P07", "42703" -> notOurs(config, e);
      default ->
          switch (state.length() < 2 ? "" : state.substring(0, 2)) {
            case "08", "57", "53", "58" ->
                new StoreBusyException(name + " cannot be had: " + said, e);
            default -> new SinkException(name + ": " + said, e);
          };
    };
  }

  /// The first line, without what the server adds of its own whereabouts.
  private static String said(SQLException e) {
    String message =
        e instanceof PSQLException server && server.getServerErrorMessage() != null
            ? server.getServerErrorMessage().getMessage()
            : e.getMessage();
    return message == null
        ? "SQL state " + e.getSQLState()
        : message.lines().findFirst().orElse("").replaceFirst("[.]$", "");
  }
}
