package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// On a small disk that is really mounted.
@Timeout(60)
class DatabaseFileTest {
  private static final String MORE = "INSERT INTO some SELECT randomblob(1000000)";

  @TempDir private Path folder;

  private static DatabaseFile on(Path folder) {
    return new DatabaseFile(folder, Optional.of(new SmallDisk(folder.resolve("small-disk"))));
  }

  private DatabaseFile start() throws Exception {
    assumeTrue(
        SmallDisk.isPossible(), "a small disk cannot be mounted: not root, or not allowed here");
    DatabaseFile database = on(folder);
    database.start();
    return database;
  }

  private boolean isMounted() throws IOException {
    return Files.readString(Path.of("/proc/mounts")).contains(" " + folder + "/small-disk ");
  }

  @Test
  void nothingCanBeWrittenToAFullDiskUntilItIsFreed() throws Exception {
    DatabaseFile database = start();
    try (database;
        Connection sink = database.connect();
        Statement statement = sink.createStatement()) {
      assertTrue(isMounted());
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA wal_autocheckpoint = 16384");
      statement.execute("CREATE TABLE some (one)");
      // So that the log is long already, and has room of its own.
      statement.execute(MORE);
      database.fillDisk();
      assertEquals(0, Files.size(folder.resolve("small-disk").resolve("windows.db-wal")));
      // Somebody gives something back.
      try (FileChannel ballast =
          FileChannel.open(folder.resolve("small-disk/ballast"), StandardOpenOption.WRITE)) {
        ballast.truncate(ballast.size() - 10_000_000);
      }
      database.refillDisk();
      String message = assertThrows(SQLException.class, () -> statement.execute(MORE)).getMessage();
      assertTrue(message.contains("SQLITE_FULL"), message);
      assertTrue(database.freeDisk());
      statement.execute(MORE);
    }
    assertFalse(isMounted());
    // What was on it is kept.
    try (Connection later = database.connect();
        Statement statement = later.createStatement();
        ResultSet count = statement.executeQuery("SELECT count(*) FROM some")) {
      assertTrue(count.next());
      assertEquals(2, count.getInt(1));
    }
  }

  @Test
  void ofAProcessThatIsKilledNoDiskIsLeft() throws Exception {
    start().close();
    Files.delete(folder.resolve("small-disk"));
    Process drill =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Mounting.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertEquals('m', drill.getInputStream().read());
    assertTrue(isMounted());
    drill.destroyForcibly().waitFor();
    while (isMounted()) {
      Thread.onSpinWait();
    }
  }

  /// Mounts a disk and waits to be killed.
  static final class Mounting {
    private Mounting() {}

    public static void main(String[] args) throws Exception {
      on(Path.of(args[0])).start();
      System.out.print("mounted");
      System.out.flush();
      Thread.currentThread().join();
    }
  }
}
