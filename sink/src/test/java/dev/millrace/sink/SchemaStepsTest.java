package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchemaStepsTest {
  private static final String FIRST =
      "CREATE TABLE schema (version INTEGER NOT NULL, cluster_id TEXT); CREATE TABLE a (x)";
  private static final String SECOND = "ALTER TABLE a ADD y; INSERT INTO a VALUES (1, 2)";
  private static final SchemaSteps OLD = new SchemaSteps(List.of(FIRST));
  private static final SchemaSteps NEW = new SchemaSteps(List.of(FIRST, SECOND));

  private Connection connection;
  private Statement statement;

  @BeforeEach
  void open() throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite::memory:");
    statement = connection.createStatement();
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  @Test
  void anEmptyDatabaseGetsAllSteps() throws SQLException {
    NEW.apply(statement, 0);
    assertEquals(2, NEW.check(statement, "db"));
    assertEquals(2, y());
  }

  @Test
  void anOlderDatabaseGetsWhatItLacksAndKeepsWhatItHas() throws SQLException {
    OLD.apply(statement, 0);
    statement.executeUpdate("UPDATE schema SET cluster_id = 'c'");
    NEW.apply(statement, OLD.check(statement, "db"));
    assertEquals(2, NEW.check(statement, "db"));
    assertEquals(2, y());
    try (ResultSet result = statement.executeQuery("SELECT cluster_id FROM schema")) {
      assertEquals("c", result.getString(1));
    }
  }

  @Test
  void aNewerDatabaseIsRefused() throws SQLException {
    NEW.apply(statement, 0);
    String refusal =
        assertThrows(SinkException.class, () -> OLD.check(statement, "--database db")).getMessage();
    assertTrue(
        refusal.startsWith(
            "--database db has schema version 2, this Millrace reads and writes version 1: use"),
        refusal);
  }

  private int y() throws SQLException {
    try (ResultSet result = statement.executeQuery("SELECT sum(y) FROM a")) {
      return result.getInt(1);
    }
  }
}
