package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LatencySketch;
import dev.millrace.events.WindowSummary;
import dev.millrace.sink.SqliteWindowStore;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `query` and `percentiles` print of a database.
class ReadingCommandsTest {
  /// 2026-11-21T10:00:00Z.
  private static final long START = 1_795_255_200_000L;

  private static final String HOSTILE = "\u001b[2J\u202eevil\n";

  @TempDir private Path folder;

  private record Answer(int code, String out, String err) {
    List<String> lines() {
      return out.lines().toList();
    }
  }

  private Path database() {
    return folder.resolve("windows.db");
  }

  private Answer run(String command, String... args) {
    List<String> all = new ArrayList<>(List.of(command, "--database", database().toString()));
    all.addAll(List.of(args));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Answer(code, out.toString(), err.toString());
  }

  private static WindowSummary row(long start, long size, String service, String route, int ms) {
    LatencySketch sketch = new LatencySketch();
    sketch.add(ms * 1000L);
    sketch.add(ms * 2000L);
    return new WindowSummary(
        start,
        size,
        service,
        route,
        3,
        1,
        0,
        10,
        3e3 / size,
        sketch.stats(ms * 3000.0, ms * 2000L),
        sketch.histogram(),
        0,
        0,
        true);
  }

  @BeforeEach
  void write() {
    List<WindowSummary> rows = new ArrayList<>();
    for (long size : new long[] {1_000, 10_000, 60_000}) {
      rows.add(row(START, size, "*", "*", 10));
      rows.add(row(START, size, "商店", "*", 10));
      rows.add(row(START, size, "商店", "/v1", 10));
      rows.add(row(START, size, HOSTILE, "*", 20));
      rows.add(row(START, size, HOSTILE, "/v1", 20));
    }
    try (SqliteWindowStore store = SqliteWindowStore.open(database())) {
      store.write(rows, List.of());
    }
  }

  @Test
  void aTableHasItsNumbersOnTheRightAndEveryColumnStraight() {
    Answer answer =
        run(
            "query",
            "SELECT service, requests, NULL AS n, p99_us FROM service_minutes ORDER BY p99_us");
    assertEquals(0, answer.code(), answer.err());
    assertEquals(
        List.of(
            "service                requests  n     p99_us",
            "─────────────────────  ────────  ────  ──────",
            "商店                          3  NULL   20000",
            "\\u001b[2J\\u202eevil\\n         3  NULL   40000"),
        answer.lines().stream().map(String::stripTrailing).toList());
  }

  @Test
  void jsonHasALineForEachRow() {
    assertEquals(
        "{\"a\":1,\"a_2\":2.5,\"b\":null,\"c\":\"\\\"\\u001B\"}\n",
        run("query", "SELECT 1 AS a, 2.5 AS a, NULL AS b, '\"' || char(27) AS c", "--json").out());
  }

  @Test
  void csvIsQuotedWhereItMustBe() {
    assertEquals(
        "a,\"b,c\",d,e\n1,\"x\"\"y\",,\"\"\n",
        run("query", "SELECT 1 AS a, 'x\"y' AS \"b,c\", NULL AS d, '' AS e", "--csv").out());
  }

  @Test
  void moreRowsThanTheLimitAreRemarkedOn() {
    String many =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) SELECT i FROM n";
    Answer answer = run("query", many);
    assertEquals(1_002, answer.lines().size());
    assertEquals(
        "millrace: these are the first 1,000 rows, and there are more; --limit 0 shows all\n",
        answer.err());
    assertEquals(5_002, run("query", many, "--limit", "0").lines().size());
    Answer exact = run("query", many, "--limit", "5000", "--csv");
    assertEquals(5_001, exact.lines().size());
    assertEquals("", exact.err());
  }

  @Test
  void nothingThatIsAskedChangesAnything() {
    Answer answer = run("query", "DELETE FROM windows");
    assertEquals(2, answer.code());
    assertTrue(answer.err().contains("the database is only read here"), answer.err());
    assertEquals(1, run("query", "WITH a AS (SELECT 1) DELETE FROM windows RETURNING 1").code());
    assertEquals("n\n15\n", run("query", "SELECT count(*) AS n FROM windows", "--csv").out());
  }

  @Test
  void errorsOfSqlAreSentences() {
    Answer answer = run("query", "SELECT * FROM minutes");
    assertEquals(1, answer.code());
    assertEquals(
        "millrace: the query has no answer: no such table: minutes; there are windows,"
            + " service_minutes, slowest_routes, error_budget\n",
        answer.err());
  }

  @Test
  void aMissingDatabaseIsToldAndNotMade() throws Exception {
    Files.delete(database());
    for (Answer answer : List.of(run("query", "SELECT 1"), run("percentiles"))) {
      assertEquals(1, answer.code());
      assertTrue(answer.err().contains("no such file"), answer.err());
    }
    assertTrue(Files.notExists(database()));
  }

  @Test
  void percentilesAreToldAsATable() {
    Answer answer =
        run(
            "percentiles",
            "--from",
            "2026-11-21T10:00:00Z",
            "--to",
            "2026-11-21 10:01",
            "--by",
            "route");
    assertEquals(0, answer.code(), answer.err());
    assertEquals(
        "2026-11-21T10:00:00Z to 2026-11-21T10:01:00Z, from windows: 0 of 1s, 0 of 10s, 2 of 1m",
        answer.lines().getFirst());
    assertTrue(
        answer
            .lines()
            .get(1)
            .matches("service +route +requests +errors +timed +mean +p50.*p99.9 +max"),
        answer.out());
    assertTrue(answer.lines().get(2).startsWith("\\u001b[2J\\u202eevil\\n"), answer.out());
    assertTrue(answer.lines().get(2).endsWith("40.00 ms"), answer.out());
    assertFalse(answer.out().contains("\u001b"), answer.out());
  }

  @Test
  void percentilesAreToldAsJson() {
    Answer answer =
        run(
            "percentiles",
            "--from",
            String.valueOf(START),
            "--to",
            String.valueOf(START / 1000 + 10),
            "--service",
            "商店",
            "--quantile",
            "0.5,p100",
            "--json");
    assertEquals(
        "{\"from\":1795255200000,\"to\":1795255210000,\"service\":\"商店\",\"route\":\"*\",\"requests\":3,"
            + "\"errors\":1,\"client_errors\":0,\"bytes\":10,\"duration_us\":{\"count\":2,\"mean\":15000.0,"
            + "\"max\":20000.0,\"quantiles\":{\"0.5\":10009.2,\"1\":20000.0}},"
            + "\"windows\":{\"1s\":0,\"10s\":1,\"1m\":0}}\n",
        answer.out().replaceAll("(\"0.5\":\\d+\\.\\d)\\d*", "$1"));
  }

  @Test
  void whatIsNotThereIsNamed() {
    Answer answer = run("percentiles", "--service", "chekout");
    assertEquals(1, answer.code());
    assertTrue(answer.err().contains("has no service 'chekout'"), answer.err());
    answer = run("percentiles");
    assertEquals(1, answer.code());
    assertTrue(
        answer.err().contains("has windows from 2026-11-21T10:00:00Z to 2026-11-21T10:00:01Z"),
        answer.err());
  }
}
