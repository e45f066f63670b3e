package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.sink.WindowQueries;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
  @TempDir private Path folder;

  @Test
  void oneThatCannotBeUnlockedIsEndedAllTheSame() throws Exception {
    Path disk = folder.resolve("small-disk");
    Stuck database =
        new Stuck(SmallDisk.isPossible() ? Optional.of(new SmallDisk(disk)) : Optional.empty());
    database.start();
    database.lock();
    String message = assertThrows(DrillException.class, database::close).getMessage();
    assertTrue(message.startsWith("the database could not be unlocked: "), message);
    assertTrue(database.ended);
    assertFalse(Files.readString(Path.of("/proc/mounts")).contains(" " + disk + " "));
  }

  /// Its lock is no transaction, which cannot be rolled back.
  private static final class Stuck extends Database {
    private boolean ended;

    Stuck(Optional<SmallDisk> disk) {
      super(disk);
    }

    @Override
    void begin() {}

    @Override
    List<String> sinkOptions() {
      return List.of();
    }

    @Override
    Connection connect() throws SQLException {
      return DriverManager.getConnection("jdbc:sqlite::memory:");
    }

    @Override
    WindowQueries queries() {
      throw new UnsupportedOperationException();
    }

    @Override
    List<String> locking() {
      return List.of();
    }

    @Override
    void compact() {}

    @Override
    void end() {
      ended = true;
    }
  }
}
