package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The page's questions, to both databases.
@Timeout(120)
class PageDatabaseIT {
  private static final JsonRecords<Course> COURSES = new JsonRecords<>(Course.class);

  @TempDir private Path folder;

  private Path sqlite(List<WindowSummary> rows) {
    Path file = folder.resolve("windows.db");
    try (SqliteWindowStore store = SqliteWindowStore.open(file)) {
      store.write(rows, List.of());
    }
    return file;
  }

  private static List<WindowSummary> rows() {
    List<WindowSummary> rows = new ArrayList<>(Traffic.random(new Random(5), 2_000).rows());
    for (int i = 0; i < 2_500; i++) {
      rows.add(
          CourseQueryTest.window(
              Traffic.START + 10_000 + i * 1_000L, 1_000, Series.TOTAL, 100 + i, 7));
    }
    return rows;
  }

  @Test
  void postgresAnswersAsSqliteDoes() throws Exception {
    long from = Traffic.START;
    long to = from + 3_000_000;
    try (PostgresServer server = PostgresServer.start()) {
      PostgresConfig config = server.config(server.newDatabase());
      try (WindowStore store = PostgresWindowStore.open(config)) {
        store.write(rows(), List.of());
      }
      try (PageDatabase ours = PageDatabase.sqlite(sqlite(rows()));
          PageDatabase postgres = PageDatabase.postgres(config)) {
        for (long end : List.of(to, from + 90_000_000, from + 31_000_000_000L)) {
          PageDatabase.Query<Course> course = c -> CourseQuery.read(c, Series.TOTAL, from, end);
          assertArrayEquals(COURSES.encode(ours.ask(course)), COURSES.encode(postgres.ask(course)));
        }
        PageDatabase.Query<Long> count = c -> new AggregatedCount().read(c);
        assertEquals(Long.valueOf(5_000 + total()), postgres.ask(count));
        assertEquals(ours.ask(count), postgres.ask(count));
        for (PageDatabase.Query<SeriesTable> table :
            List.<PageDatabase.Query<SeriesTable>>of(
                c -> SeriesTableQuery.lastMinute(c, from + 5_000),
                c -> SeriesTableQuery.span(c, from, from + 50_000),
                c -> SeriesTableQuery.span(c, from + 300, from + 55_500))) {
          assertEquals(lines(ours.ask(table)), lines(postgres.ask(table)));
        }
        assertEquals("0", postgres.ask(PageDatabaseIT::openTransactions));
        assertThrows(
            SinkException.class,
            () -> postgres.ask(c -> c.createStatement().execute("DELETE FROM windows")));
      }
    }
  }

  private static long total() {
    return Traffic.random(new Random(5), 2_000).rows().stream()
        .filter(row -> row.series().equals(Series.TOTAL))
        .mapToLong(WindowSummary::requests)
        .sum();
  }

  private static List<String> lines(SeriesTable table) {
    return table.series().stream().map(Object::toString).sorted().toList();
  }

  private static String openTransactions(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                    + " AND datname = current_database()")) {
      result.next();
      return result.getString(1);
    }
  }

  @Test
  void closingBreaksOffWhatIsAsked() throws Exception {
    PageDatabase database = PageDatabase.sqlite(sqlite(List.of()));
    CountDownLatch begun = new CountDownLatch(2);
    List<Thread> askers = new ArrayList<>();
    List<SinkException> failures = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 2 + PageDatabase.MAX_WAITING; i++) {
      askers.add(
          Thread.ofVirtual()
              .start(() ->
                  failures.add(
                      assertThrows(
                          SinkException.class, () -> database.ask(c -> endless(c, begun))))));
    }
    begun.await();
    // All but two wait now, or soon do; one more is too many.
    Await.until("the queue is full", () -> database.waiting() == PageDatabase.MAX_WAITING);
    SinkException busy =
        assertThrows(SinkException.class, () -> database.ask(c -> endless(c, begun)));
    assertTrue(busy.getMessage().contains("busy"), busy.getMessage());
    database.close();
    for (Thread asker : askers) {
      asker.join();
    }
    assertEquals(askers.size(), failures.size());
    SinkException closed = assertThrows(SinkException.class, () -> database.ask(_ -> 1));
    assertTrue(closed.getMessage().contains("closing"), closed.getMessage());
  }

  private static boolean endless(Connection connection, CountDownLatch begun) throws SQLException {
    begun.countDown();
    try (Statement statement = connection.createStatement()) {
      return statement.execute(
          "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n");
    }
  }
}
