package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import dev.millrace.sink.SpanSelection.By;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The questions are the same ones for both databases, so SQLite is the oracle.
@Timeout(120)
class PostgresQueriesIT {
  private static PostgresServer postgres;

  @TempDir Path folder;
  private String database;

  @BeforeAll
  static void startServer() {
    postgres = PostgresServer.start();
  }

  @AfterAll
  static void stopServer() {
    if (postgres != null) {
      postgres.close();
    }
  }

  @BeforeEach
  void makeDatabase() {
    database = postgres.newDatabase();
  }

  private Path file() {
    return folder.resolve("millrace.db");
  }

  private void write(List<WindowSummary> rows) {
    try (WindowStore store = PostgresWindowStore.open(postgres.config(database))) {
      store.write(rows, List.of());
    }
    try (WindowStore store = SqliteWindowStore.open(file())) {
      store.write(rows, List.of());
    }
  }

  @Test
  void spansAreAsSqliteHasThem() {
    Random random = new Random(3);
    List<RequestEvent> events = SpanQueriesTest.random(random, 3_000);
    write(SpanQueriesTest.rows(events, WindowSize.values()));
    try (SpanQueries expected = SpanQueries.open(file());
        SpanQueries actual = SpanQueries.open(postgres.config(database))) {
      assertEquals(expected.extent(), actual.extent());
      List<String> names = List.of("service-1", "nobody");
      assertEquals(List.of("nobody"), actual.unknownServices(names));
      List<By> turns =
          Collections.nCopies(3, List.of(By.values())).stream().flatMap(List::stream).toList();
      for (By by : turns) {
        long from = Traffic.START + random.nextLong(200) * 1_000;
        SpanSelection selection =
            new SpanSelection(
                from,
                from + random.nextLong(1, 200) * 1_000,
                random.nextBoolean() ? List.of() : List.of("service-0", "service-2"),
                random.nextBoolean() ? List.of() : List.of("/route/1"),
                by);
        assertEquals(described(expected, selection), described(actual, selection));
        assertEquals(expected.missing(selection), actual.missing(selection));
      }
    }
  }

  private static List<String> described(SpanQueries queries, SpanSelection selection) {
    List<String> lines = new ArrayList<>();
    for (SpanTotals total : queries.totals(selection)) {
      lines.add(
          "%s: %d, %d errors, %d bytes, p99 %s, max %s"
              .formatted(
                  total.key(),
                  total.requests(),
                  total.errors(),
                  total.bytes(),
                  total.quantileUs(0.99),
                  total.maxUs()));
    }
    return lines;
  }

  @Test
  void theLedgerIsComparedAndALostRowFound() {
    Traffic traffic = Traffic.random(new Random(5), 2_000);
    write(traffic.rows());
    assertTrue(verified(traffic).agrees());
    postgres.sql(
        database,
        "DELETE FROM windows WHERE ctid = (SELECT ctid FROM windows WHERE route <> '*' LIMIT 1)");
    assertFalse(verified(traffic).agrees());
  }

  private VerificationReport verified(Traffic traffic) {
    try (WindowQueries queries = WindowQueries.open(postgres.config(database))) {
      return Verifier.verify(List.of(traffic.ledger()), queries);
    }
  }

  @Test
  void everyQuestionIsAnsweredAsBySqlite() {
    write(Traffic.random(new Random(7), 2_000).rows());
    try (WindowQueries expected = WindowQueries.open(file());
        WindowQueries actual = WindowQueries.open(postgres.config(database))) {
      List<Function<WindowQueries, Object>> questions =
          List.of(
              WindowQueries::totalRequests,
              WindowQueries::levelsAgree,
              WindowQueries::rowCount,
              WindowQueries::newestTotal,
              queries -> queries.starts(Traffic.START, Traffic.START + 3_000),
              queries -> queries.window(Traffic.START + 1_000),
              queries -> queries.busiest(4),
              queries -> queries.slowest(4));
      for (int i = 0; i < questions.size(); i++) {
        assertEquals(
            told(questions.get(i).apply(expected)),
            told(questions.get(i).apply(actual)),
            "question " + i);
      }
    }
  }

  /// Two histograms are the same if their counts are, which a record does not know of its arrays.
  private static String told(Object answer) {
    return switch (answer) {
      case Optional<?> optional -> told(optional.orElseThrow());
      case List<?> list -> list.stream().map(PostgresQueriesIT::told).toList().toString();
      case WindowSummary row -> new String(JsonRecords.WINDOWS.encode(row), StandardCharsets.UTF_8);
      default -> answer.toString();
    };
  }

  @Test
  void noTransactionStaysOpenBehindAnAnswer() throws SQLException {
    write(Traffic.random(new Random(9), 100).rows());
    try (WindowQueries queries = WindowQueries.open(postgres.config(database));
        Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement()) {
      assertTrue(queries.rowCount() > 0);
      try (ResultSet open =
          statement.executeQuery(
              "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                  + " AND datname = current_database() AND state LIKE 'idle in transaction%'")) {
        assertTrue(open.next());
        assertEquals(0, open.getInt(1));
      }
    }
  }

  @Test
  void aDatabaseWithoutTablesIsNamed() {
    try (WindowQueries queries = WindowQueries.open(postgres.config(database))) {
      SinkException refusal = assertThrows(SinkException.class, queries::rowCount);
      assertTrue(refusal.getMessage().contains("no sink has written"), refusal.getMessage());
    }
  }
}
