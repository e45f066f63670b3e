package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.LocalPostgres;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PostgresWindowStoreIT extends WindowStoreContract {
  private static PostgresServer postgres;

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

  @Override
  WindowStore open() {
    return PostgresWindowStore.open(postgres.config(database));
  }

  @Override
  List<WindowSummary> rows() {
    return postgres.rows(database);
  }

  @Test
  void aCommitWithoutAnAnswerThatWasDoneIsNotDoneAgain() throws IOException {
    try (CuttingProxy proxy = new CuttingProxy(postgres.server().port());
        WindowStore store = openVia(proxy)) {
      store.write(List.of(row(0, 1)), List.of(first(P0, 1)));
      proxy.cutNextCommit(CuttingProxy.Cut.BEFORE_ITS_ANSWER);
      List<WindowSummary> batch = List.of(row(1, 2), row(0, 3));
      assertThrows(StoreBusyException.class, () -> store.write(batch, List.of(next(P0, 1, 3))));
      assertRows(row(1, 2));
      // One was written and one gave way: the same answer as if it had come.
      assertEquals(1, store.write(batch, List.of(next(P0, 1, 3))));
      assertEquals(Map.of(P0, 3L), store.offsets());
      assertEquals(1, store.write(List.of(row(2, 4)), List.of(next(P0, 3, 4))));
    }
    assertRows(row(2, 4));
  }

  @Test
  void aCommitThatNeverArrivedIsDoneAgain() throws IOException {
    try (CuttingProxy proxy = new CuttingProxy(postgres.server().port());
        WindowStore store = openVia(proxy)) {
      store.write(List.of(row(0, 1)), List.of(first(P0, 1)));
      proxy.cutNextCommit(CuttingProxy.Cut.BEFORE_IT_ARRIVES);
      assertThrows(
          StoreBusyException.class, () -> store.write(List.of(row(1, 2)), List.of(next(P0, 1, 2))));
      assertRows(row(0, 1));
      // The server may not have noticed yet that the connection is gone.
      int written =
          new Retry().whileBusy(() -> store.write(List.of(row(1, 2)), List.of(next(P0, 1, 2))));
      assertEquals(1, written);
      assertEquals(Map.of(P0, 2L), store.offsets());
    }
    assertRows(row(1, 2));
  }

  @Test
  void aCommitWithoutAnAnswerDoesNotExcuseAStaleWriter() throws IOException {
    try (CuttingProxy proxy = new CuttingProxy(postgres.server().port());
        WindowStore store = openVia(proxy);
        WindowStore successor = open()) {
      store.write(List.of(row(0, 1)), List.of(first(P0, 1)));
      proxy.cutNextCommit(CuttingProxy.Cut.BEFORE_ITS_ANSWER);
      assertThrows(
          StoreBusyException.class, () -> store.write(List.of(row(1, 2)), List.of(next(P0, 1, 2))));
      successor.write(List.of(row(2, 3)), List.of(next(P0, 2, 3)));
      // Another batch than the lost one, from where the lost one began.
      assertThrows(
          StaleWriterException.class,
          () -> store.write(List.of(row(3, 4)), List.of(next(P0, 1, 4))));
      assertEquals(Map.of(P0, 3L), store.offsets());
    }
    assertRows(row(2, 3));
  }

  private WindowStore openVia(CuttingProxy proxy) {
    return PostgresWindowStore.open(postgres.configVia(proxy.port(), database));
  }

  @Test
  void aKilledConnectionIsMadeAnew() {
    try (WindowStore store = open()) {
      store.write(List.of(row(0, 1)), List.of(first(P0, 1)));
      postgres.sql(
          "postgres",
          "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '"
              + database
              + "'");
      assertThrows(
          StoreBusyException.class, () -> store.write(List.of(row(0, 2)), List.of(next(P0, 1, 2))));
      assertEquals(1, store.write(List.of(row(0, 2)), List.of(next(P0, 1, 2))));
    }
    assertRows(row(0, 2));
  }

  @Test
  void aLockOfAnotherProgramIsWorthAnotherTry() throws SQLException {
    try (WindowStore store = open()) {
      try (Connection other = postgres.connect(database);
          Statement statement = other.createStatement()) {
        statement.execute("BEGIN");
        statement.execute("LOCK TABLE windows");
        StoreBusyException busy =
            assertThrows(
                StoreBusyException.class,
                () -> store.write(List.of(row(0, 1)), List.of(first(P0, 1))));
        assertTrue(busy.getMessage().contains("is held by another program"), busy.getMessage());
        statement.execute("ROLLBACK");
      }
      assertEquals(1, store.write(List.of(row(0, 1)), List.of(first(P0, 1))));
    }
    assertRows(row(0, 1));
  }

  @Test
  void takesNamesThatNeedCare() {
    WindowSummary hard = Traffic.row(Traffic.START, "a'b\"\\{},NULL|/ü/🙂/{id},\"x\"", List.of());
    WindowSummary empty = Traffic.row(Traffic.START + 1000, "NULL|", List.of());
    WindowSummary longest =
        Traffic.row(
            Traffic.START + 2000,
            "s|" + "ü/".repeat((WindowDecoder.MAX_NAME_BYTES - 1) / 3),
            List.of());
    try (WindowStore store = open()) {
      assertEquals(3, store.write(List.of(hard, empty, longest), List.of()));
    }
    assertRows(hard, empty, longest);
  }

  @Test
  void refusesAnotherVersion() {
    open().close();
    postgres.sql(database, "UPDATE schema SET version = 9");
    assertRefused("has schema version 9, this Millrace reads and writes version 2: use");
  }

  @Test
  void refusesTheTablesOfAnotherProgramAndLeavesThemAlone() {
    postgres.sql(database, "CREATE TABLE windows (x INTEGER)");
    assertRefused("has tables of another program");
    postgres.sql(database, "DROP TABLE windows", "CREATE TABLE schema (name TEXT)");
    assertRefused("has tables of another program");
    postgres.sql(database, "DROP TABLE schema", "CREATE TABLE topics (x INTEGER)");
    assertRefused("has tables of another program");
    postgres.sql(database, "INSERT INTO topics VALUES (1)");
  }

  @Test
  void livesInASchemaOfItsOwn() {
    postgres.sql(database, "CREATE TABLE windows (x INTEGER)", "CREATE SCHEMA millrace");
    PostgresConfig config = postgres.config(database);
    PostgresConfig own =
        new PostgresConfig(config.url() + "?currentSchema=millrace", config.settings());
    try (WindowStore store = PostgresWindowStore.open(own)) {
      assertEquals(1, store.write(List.of(row(0, 1)), List.of(first(P0, 1))));
    }
    postgres.sql(database, "SELECT revision FROM millrace.windows");
    PostgresConfig missing =
        new PostgresConfig(config.url() + "?currentSchema=missing", config.settings());
    assertRefused(missing, "CREATE SCHEMA");
  }

  @Test
  void refusesADatabaseThatDoesNotHaveEveryName() {
    String latin = database + "_latin";
    postgres.sql("postgres", "CREATE DATABASE " + latin + " ENCODING 'LATIN1' TEMPLATE template0");
    assertRefused(postgres.config(latin), "make a database with ENCODING 'UTF8'");
  }

  @Test
  void saysWhatIsMissing() {
    assertRefused(
        postgres.config("missing"), "there is no such database; make it: createdb missing");
    assertRefused(postgres.configVia(1, database), "cannot be had: ");
    assertInstanceOf(
        StoreBusyException.class,
        PostgresDatabase.sentence(
            postgres.config(database), new SQLException("no space", "53100")));
  }

  @Test
  void neverShowsThePassword() {
    String secret = "hunter2-" + System.nanoTime();
    PostgresConfig wrong =
        new PostgresConfig(
            postgres.server().jdbcUrl(database) + "?password=" + secret,
            Map.of("user", LocalPostgres.USER));
    SinkException refusal =
        assertThrows(SinkException.class, () -> PostgresWindowStore.open(wrong).close());
    assertTrue(refusal.getMessage().contains("does not let us in"), refusal.getMessage());
    StringWriter trace = new StringWriter();
    refusal.printStackTrace(new PrintWriter(trace));
    assertFalse(trace.toString().contains(secret), trace.toString());
    assertFalse(wrong.toString().contains(secret), wrong.toString());
  }

  private void assertRefused(String sentence) {
    assertRefused(postgres.config(database), sentence);
  }

  private static void assertRefused(PostgresConfig config, String sentence) {
    SinkException refusal =
        assertThrows(SinkException.class, () -> PostgresWindowStore.open(config).close());
    assertTrue(refusal.getMessage().startsWith(config.name()), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(sentence), refusal.getMessage());
  }
}
