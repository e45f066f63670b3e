package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

class SqliteWindowStoreTest extends WindowStoreContract {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("millrace.db");
  }

  @Override
  WindowStore open() {
    return SqliteWindowStore.open(file());
  }

  @Override
  List<WindowSummary> rows() {
    try (WindowQueries queries = WindowQueries.open(file())) {
      List<WindowSummary> rows = new ArrayList<>();
      for (long start : queries.starts(0, Long.MAX_VALUE)) {
        rows.addAll(queries.window(start));
      }
      return rows;
    }
  }

  @Test
  void closedDatabaseIsOneFile() throws IOException {
    try (WindowStore store = open()) {
      store.write(List.of(row(0, 1)), List.of(first(P0, 1)));
    }
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file()), files.toList());
    }
  }

  @Test
  void whatAKillLeavesHoldsNothingOfTheOpenTransaction() throws IOException {
    Path copy = Files.createDirectory(folder.resolve("copy")).resolve("millrace.db");
    try (WindowStore store = open()) {
      store.write(List.of(row(0, 1)), List.of(first(P0, 1)));
      // More than SQLite keeps in memory, so that part of it is in the files before the commit.
      List<WindowSummary> many = new ArrayList<>();
      for (int i = 0; i < 70_000; i++) {
        many.add(Traffic.row(Traffic.START, "checkout|" + "x".repeat(500) + i, List.of()));
      }
      store.write(many, copyingBeforeCommit(copy));
      assertTrue(Files.size(Path.of(copy + "-wal")) > 1_000_000);
    }
    try (WindowStore store = SqliteWindowStore.open(copy);
        WindowQueries queries = WindowQueries.open(copy)) {
      assertEquals(Map.of(P0, 1L), store.offsets());
      assertEquals(1, queries.rowCount());
    }
  }

  private List<WindowStore.OffsetAdvance> copyingBeforeCommit(Path copy) {
    return new AbstractList<>() {
      @Override
      public WindowStore.OffsetAdvance get(int index) {
        try {
          Files.copy(file(), copy);
          Files.copy(Path.of(file() + "-wal"), Path.of(copy + "-wal"));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        return next(P0, 1, 2);
      }

      @Override
      public int size() {
        return 1;
      }
    };
  }

  @Test
  void refusesAFolder() {
    assertRefused(folder, "is a folder: give a file in it");
  }

  @Test
  void refusesAFileInAMissingFolder() {
    assertRefused(folder.resolve("missing/millrace.db"), "does not exist");
  }

  @Test
  void refusesAFileThatIsNoDatabase() throws IOException {
    Files.writeString(file(), "once upon a time ".repeat(1000));
    assertRefused(file(), "not a SQLite database");
  }

  @Test
  void refusesTheDatabaseOfAnotherProgramAndLeavesItAlone() throws Exception {
    sql("CREATE TABLE other (x)");
    byte[] before = Files.readAllBytes(file());
    assertRefused(file(), "is a database of another program");
    assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(file())));
  }

  @Test
  void refusesAnotherVersion() throws SQLException {
    open().close();
    sql("UPDATE schema SET version = 9");
    assertRefused(file(), "has schema version 9, this Millrace reads and writes version 2");
  }

  @Test
  void lockedDatabaseIsWorthAnotherTry() throws SQLException {
    try (WindowStore store = open()) {
      try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN IMMEDIATE");
        assertThrows(
            StoreBusyException.class, () -> store.write(List.of(row(0, 1)), List.of(first(P0, 1))));
        statement.execute("ROLLBACK");
      }
      assertEquals(1, store.write(List.of(row(0, 2)), List.of(first(P0, 1))));
    }
    assertEquals(2, rows().getFirst().requests());
  }

  @Test
  void doesNotWriteIntoADeletedFile() throws IOException {
    try (WindowStore store = open()) {
      Files.delete(file());
      SinkException refusal =
          assertThrows(SinkException.class, () -> store.write(List.of(row(0, 1)), List.of()));
      assertTrue(refusal.getMessage().contains("was moved or deleted"), refusal.getMessage());
    }
  }

  @Test
  void errorsOfTheDiskAreSentences() {
    assertTrue(sentence(SQLiteErrorCode.SQLITE_IOERR_WRITE).contains("check the disk"));
    assertTrue(sentence(SQLiteErrorCode.SQLITE_READONLY_DBMOVED).contains("is not writable"));
    assertTrue(sentence(SQLiteErrorCode.SQLITE_CORRUPT_INDEX).contains("is damaged"));
    assertInstanceOf(
        StoreBusyException.class,
        SqliteDatabase.sentence(
            file(), new SQLiteException("", SQLiteErrorCode.SQLITE_BUSY_SNAPSHOT)));
    assertInstanceOf(
        StoreBusyException.class,
        SqliteDatabase.sentence(file(), new SQLiteException("", SQLiteErrorCode.SQLITE_FULL)));
  }

  @Test
  void refusesWhatIsNoNameOfAFile() {
    for (String name : List.of("", "a?b")) {
      Path path = Path.of(name);
      IllegalArgumentException refusal =
          assertThrows(IllegalArgumentException.class, () -> SqliteWindowStore.open(path).close());
      assertTrue(refusal.getMessage().startsWith("--database '" + name + "'"));
    }
  }

  @Test
  void fileBecomesSmallerWhenMuchIsDeleted() throws IOException {
    List<WindowSummary> rows = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      rows.add(Traffic.row(Traffic.START + i * 1000L, "checkout|" + "x".repeat(500), List.of()));
    }
    try (WindowStore store = open()) {
      store.write(rows, List.of(first(P0, 1)));
    }
    long before = Files.size(file());
    try (WindowStore store = open()) {
      int deleted;
      do {
        deleted = store.deleteBefore(Traffic.START + 9_900_000L, 500);
      } while (deleted == 500);
    }
    assertTrue(Files.size(file()) < before / 2, Files.size(file()) + " of " + before);
    assertEquals(100, rows().size());
  }

  private String sentence(SQLiteErrorCode code) {
    SinkException e = SqliteDatabase.sentence(file(), new SQLiteException("", code));
    assertFalse(e instanceof StoreBusyException);
    return e.getMessage();
  }

  private static void assertRefused(Path database, String sentence) {
    SinkException refusal =
        assertThrows(SinkException.class, () -> SqliteWindowStore.open(database).close());
    assertTrue(refusal.getMessage().contains("--database " + database), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(sentence), refusal.getMessage());
  }

  private void sql(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
