package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlReaderTest {
  @TempDir Path folder;
  private WindowStore store;
  private SqlReader reader;

  @BeforeEach
  void open() {
    store = SqliteWindowStore.open(file());
    reader = SqlReader.open(file());
  }

  @AfterEach
  void close() {
    reader.close();
    store.close();
  }

  private Path file() {
    return folder.resolve("millrace.db");
  }

  /// All of an answer.
  private static final class Whole implements SqlReader.Answer {
    private final List<String> names = new ArrayList<>();
    private final List<List<Object>> rows = new ArrayList<>();
    private int most = Integer.MAX_VALUE;

    @Override
    public void columns(List<String> columns) {
      names.addAll(columns);
    }

    @Override
    public boolean row(List<Object> values) {
      rows.add(values);
      return rows.size() < most;
    }
  }

  private List<List<Object>> ask(String sql) {
    Whole answer = new Whole();
    reader.ask(sql, answer);
    return answer.rows;
  }

  @Test
  void valuesHaveTheirTypes() {
    Whole answer = new Whole();
    reader.ask(
        "SELECT 7 AS a, 5000000000 AS b, 1.5 AS c, 'x' AS d, NULL AS e, X'00ff' AS f", answer);
    assertEquals(List.of("a", "b", "c", "d", "e", "f"), answer.names);
    assertEquals(
        Arrays.asList(7L, 5_000_000_000L, 1.5, "x", null, "X'00FF'"), answer.rows.getFirst());
  }

  @Test
  void anEmptyDatabaseHasAnswersWithoutRows() {
    for (String name : WindowViews.NAMES) {
      Whole answer = new Whole();
      reader.ask("SELECT * FROM " + name, answer);
      assertEquals(List.of(), answer.rows);
      assertTrue(answer.names.contains("requests"), name);
    }
  }

  @Test
  void whoeverHasEnoughGetsNoMore() {
    Whole answer = new Whole();
    answer.most = 3;
    // Without an end.
    reader.ask(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", answer);
    assertEquals(List.of(List.of(1L), List.of(2L), List.of(3L)), answer.rows);
  }

  @Test
  void seesWhatTheSinkWritesMeanwhile() {
    store.write(Traffic.random(new Random(1), 10).rows(), List.of());
    String sql = "SELECT sum(requests) FROM windows WHERE service = '*'";
    assertEquals(List.of(List.of(10L)), ask(sql));
    Whole answer = new Whole();
    reader.ask(
        "SELECT requests FROM windows",
        new SqlReader.Answer() {
          @Override
          public void columns(List<String> names) {
            // In the middle of an answer.
            store.write(Traffic.random(new Random(1), 20).rows(), List.of());
          }

          @Override
          public boolean row(List<Object> values) {
            return answer.row(values);
          }
        });
    assertFalse(answer.rows.isEmpty());
    assertEquals(List.of(List.of(20L)), ask(sql));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM windows",
        "  -- SELECT\n UPDATE windows SET requests = 0",
        "ATTACH 'other.db' AS o",
        "VACUUM INTO 'copy.db'",
        "PRAGMA query_only = 0",
        "CREATE TEMP TABLE t (x)",
        "DROP VIEW service_minutes",
        "SELECT 1; DELETE FROM windows",
        "SELECT ';' ; /* and */ SELECT 2",
        "",
        " -- nothing",
        "42"
      })
  void whatIsNoQuestionIsRefusedBeforeItIsRun(String sql) {
    assertThrows(IllegalArgumentException.class, () -> ask(sql));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1;",
        "SELECT 1 ; -- done",
        "/* one; two */ SELECT ';' AS \";\", '''; x'",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "VALUES (1), (2)",
        "EXPLAIN QUERY PLAN SELECT * FROM windows",
        "select `requests`, [route] from windows"
      })
  void questionsAreUnderstood(String sql) {
    ask(sql);
  }

  @Test
  void aWriteInTheDressOfAQuestionDoesNothing() {
    store.write(Traffic.random(new Random(1), 10).rows(), List.of());
    SinkException refusal =
        assertThrows(
            SinkException.class,
            () -> ask("WITH a AS (SELECT 1) DELETE FROM windows RETURNING requests"));
    assertEquals("the query would write, and the database is only read here", refusal.getMessage());
    assertEquals(
        List.of(List.of(10L)), ask("SELECT sum(requests) FROM windows WHERE service = '*'"));
  }

  /// Past the look at the words: the connection itself does not let it happen.
  @ParameterizedTest
  @ValueSource(strings = {"ATTACH '%s' AS o", "VACUUM INTO '%s'"})
  void noOtherFileIsReached(String sql) throws IOException {
    Path other = folder.resolve("other.db");
    assertThrows(SinkException.class, () -> reader.askUnchecked(sql.formatted(other), new Whole()));
    assertTrue(Files.notExists(other) || Files.size(other) == 0, "written to");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"CREATE TEMP TABLE t (x)", "DELETE FROM windows", "DROP VIEW service_minutes"})
  void theConnectionItselfCannotWrite(String sql) {
    assertThrows(SinkException.class, () -> reader.askUnchecked(sql, new Whole()));
  }

  @Test
  void errorsAreSentences() {
    assertSentence("SELECT absent FROM windows", "the query has no answer: no such column: absent");
    assertSentence("SELECT * FRM windows", "near \"FRM\"");
    assertSentence(
        "SELECT * FROM minutes",
        "no such table: minutes; there are windows, service_minutes, slowest_routes, error_budget");
    assertSentence("SELECT load_extension('x')", "not authorized");
  }

  private void assertSentence(String sql, String part) {
    SinkException refusal = assertThrows(SinkException.class, () -> ask(sql));
    assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
  }

  @Test
  void hostileNamesComeAsTheyAre() {
    Series hostile = new Series("\u001b[2J", "/a\n'\"");
    store.write(
        new Traffic(List.of(Traffic.event(Traffic.START, hostile, 200, 5, 1))).rows(), List.of());
    assertEquals(
        List.of(List.of(hostile.service(), hostile.route())),
        ask("SELECT service, route FROM windows WHERE route <> '*'"));
  }

  @Test
  void aFileThatIsMissingIsTold() {
    Path missing = folder.resolve("missing.db");
    SinkException refusal = assertThrows(SinkException.class, () -> SqlReader.open(missing));
    assertTrue(refusal.getMessage().contains("no such file"), refusal.getMessage());
    assertTrue(Files.notExists(missing));
  }
}
