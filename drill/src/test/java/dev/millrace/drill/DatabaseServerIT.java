package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.broker.LocalPostgres;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DatabaseServerIT {
  private static final String MORE =
      "INSERT INTO windows SELECT repeat('x', 100) FROM generate_series(1, 1000)";

  @TempDir private static Path folder;
  private static Link link;
  private static int port;
  private static DatabaseServer database;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(
        LocalPostgres.isInstalled(),
        "no PostgreSQL on this machine; 'apt install postgresql' does it");
    link = new Link("link", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    port = FreePorts.find(1).getFirst();
    database =
        new DatabaseServer(
            folder,
            SmallDisk.isPossible()
                ? Optional.of(new SmallDisk(folder.resolve("small-disk")))
                : Optional.empty(),
            link,
            port);
    database.start();
  }

  @AfterAll
  static void stop() throws Exception {
    if (database != null) {
      database.close();
      link.close();
    }
  }

  @BeforeEach
  void makeTable() throws SQLException {
    sql("DROP TABLE IF EXISTS windows");
    sql("CREATE TABLE windows (one TEXT)");
  }

  private static void sql(String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int count() throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM windows")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  @Test
  void oneThatIsKilledStartsAgainWithWhatWasCommitted() throws Exception {
    sql(MORE);
    try (Connection open = database.connect();
        Statement statement = open.createStatement()) {
      database.kill();
      assertFalse(database.isRunning());
      assertThrows(SQLException.class, () -> statement.execute(MORE));
    }
    assertThrows(SQLException.class, DatabaseServerIT::count);
    database.startAgain();
    assertTrue(database.isRunning());
    assertEquals("jdbc:postgresql://127.0.0.1:" + port + "/postgres", database.toString());
    assertEquals(1_000, count());
  }

  @Test
  void whoWritesRowsWaitsForTheLock() throws Exception {
    database.lock();
    CompletableFuture<Void> written;
    try {
      assertFalse(database.awaitWriter(Duration.ZERO));
      written =
          CompletableFuture.runAsync(() -> {
            try {
              sql(MORE);
            } catch (SQLException e) {
              throw new AssertionError(e);
            }
          });
      assertTrue(database.awaitWriter(Duration.ofSeconds(60)));
      // Whoever reads does not wait.
      assertEquals(0, count());
    } finally {
      database.unlock();
    }
    written.join();
    assertEquals(1_000, count());
  }

  @Test
  void nothingCanBeWrittenToAFullDiskUntilItIsFreed() throws Exception {
    assumeTrue(
        database.disk().isPresent(),
        "a small disk cannot be mounted: not root, or not allowed here");
    database.fillDisk();
    SQLException full = assertThrows(SQLException.class, () -> sql(MORE));
    assertEquals("53100", full.getSQLState());
    assertTrue(database.freeDisk());
    sql(MORE);
    assertEquals(1_000, count());
  }
}
