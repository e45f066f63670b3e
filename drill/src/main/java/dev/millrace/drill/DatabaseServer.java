package dev.millrace.drill;

import dev.millrace.broker.LocalPostgres;
import dev.millrace.sink.PostgresConfig;
import dev.millrace.sink.WindowQueries;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A PostgreSQL server of the drill's own. The sink comes to it by a link.
final class DatabaseServer extends Database {
  /// What faults call it.
  static final String NAME = "database";

  /// It is there from the start, in PostgreSQL's own encoding of a new cluster.
  private static final String DATABASE = "postgres";

  private static final long LOOK_MS = 20;

  private final Path folder;
  private final Link link;
  private final int port;
  private LocalPostgres server;

  /// @param folder of the drill
  /// @param link between sink and server
  /// @param port where the server listens
  DatabaseServer(Path folder, Optional<SmallDisk> disk, Link link, int port) {
    super(disk);
    this.folder = folder;
    this.link = link;
    this.port = port;
  }

  @Override
  void begin() throws IOException {
    Files.writeString(
        login(), "user=" + LocalPostgres.USER + "\npassword=" + LocalPostgres.PASSWORD + "\n");
    server =
        LocalPostgres.create(
            folder.resolve("postgres"),
            port,
            // A socket's path may be too long for the system, and nobody comes that way.
            "unix_socket_directories=",
            // What it finds free in a table would be room for rows on a full disk.
            "autovacuum=" + (disk().isPresent() ? "off" : "on"));
    link.leadTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
    if (disk().isPresent()) {
      moveTo(disk().get().path());
    }
  }

  /// Tables will lie there. PostgreSQL's own log does not: without room for that, it ends.
  private void moveTo(Path disk) throws IOException {
    Path space = Files.createDirectory(disk.resolve("tables"));
    Files.setOwner(space, Files.getOwner(server.folder()));
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLESPACE small LOCATION '" + space + "'");
      statement.execute("ALTER DATABASE " + DATABASE + " SET default_tablespace = small");
    } catch (SQLException e) {
      throw new DrillException(
          "no tables of PostgreSQL can lie in " + space + ": " + e.getMessage(), e);
    }
  }

  /// After it was stopped or killed.
  void startAgain() {
    server.start();
  }

  /// Shuts it down, not waiting for clients to end what they do.
  void stop() {
    server.stop();
  }

  /// As `kill -9` does it, with each of its processes.
  void kill() {
    server.kill();
  }

  boolean isRunning() {
    return server.isRunning();
  }

  /// Waits until somebody has to wait for [#lock()] to write rows.
  ///
  /// @return whether that was so in that time
  boolean awaitWriter(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      while (!isWaitedFor(statement)) {
        if (System.nanoTime() >= deadline) {
          return false;
        }
        Thread.sleep(LOOK_MS);
      }
      return true;
    } catch (SQLException e) {
      throw new DrillException(this + " does not tell who waits: " + e.getMessage(), e);
    }
  }

  private static boolean isWaitedFor(Statement statement) throws SQLException {
    try (ResultSet waiting =
        statement.executeQuery(
            "SELECT count(*) FROM pg_locks WHERE relation = 'windows'::regclass AND NOT granted")) {
      waiting.next();
      return waiting.getLong(1) > 0;
    }
  }

  @Override
  List<String> sinkOptions() {
    return List.of(
        "--jdbc-url",
        "jdbc:postgresql://127.0.0.1:" + link.port() + "/" + DATABASE,
        "--jdbc-config",
        login().toString());
  }

  private Path login() {
    return folder.resolve("sink.properties");
  }

  @Override
  Connection connect() throws SQLException {
    return DriverManager.getConnection(
        server.jdbcUrl(DATABASE), LocalPostgres.USER, LocalPostgres.PASSWORD);
  }

  @Override
  WindowQueries queries() {
    return WindowQueries.open(
        new PostgresConfig(
            server.jdbcUrl(DATABASE),
            Map.of("user", LocalPostgres.USER, "password", LocalPostgres.PASSWORD)));
  }

  /// Readers go on, as they do while an index is made.
  @Override
  List<String> locking() {
    return List.of("BEGIN", "SET LOCAL lock_timeout = '10s'", "LOCK TABLE windows IN SHARE MODE");
  }

  @Override
  void compact() {
    // A table's last page takes a few rows.
  }

  @Override
  void end() {
    if (server != null) {
      server.stop();
    }
  }

  /// What to call it.
  @Override
  public String toString() {
    return server == null ? "PostgreSQL" : server.jdbcUrl(DATABASE);
  }
}
