package dev.millrace.sink;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.broker.LocalPostgres;
import dev.millrace.events.WindowSummary;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// A server with a new database for each test.
final class PostgresServer implements AutoCloseable {
  private static final Map<String, String> LOGIN =
      Map.of("user", LocalPostgres.USER, "password", LocalPostgres.PASSWORD);

  private final LocalPostgres server;
  private final AtomicInteger databases = new AtomicInteger();

  private PostgresServer(LocalPostgres server) {
    this.server = server;
  }

  /// Skips the tests where there is none.
  static PostgresServer start() {
    assumeTrue(
        LocalPostgres.isInstalled(),
        "no PostgreSQL on this machine; 'apt install postgresql' does it");
    return new PostgresServer(LocalPostgres.create("fsync=off"));
  }

  LocalPostgres server() {
    return server;
  }

  /// Makes a database.
  String newDatabase() {
    String name = "test" + databases.incrementAndGet();
    sql("postgres", "CREATE DATABASE " + name);
    return name;
  }

  PostgresConfig config(String database) {
    return new PostgresConfig(server.jdbcUrl(database), LOGIN);
  }

  /// Reaches the database by another port, which somebody forwards who must see each commit in
  /// words.
  PostgresConfig configVia(int port, String database) {
    return new PostgresConfig(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?prepareThreshold=0", LOGIN);
  }

  void sql(String database, String... statements) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(
        server.jdbcUrl(database), LocalPostgres.USER, LocalPostgres.PASSWORD);
  }

  /// All rows, by window, service and route.
  List<WindowSummary> rows(String database) {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT "
                    + WindowRows.COLUMNS
                    + " FROM windows ORDER BY window_start_ms, service, route")) {
      List<WindowSummary> rows = new ArrayList<>();
      while (result.next()) {
        rows.add(WindowRows.read(result));
      }
      return rows;
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
