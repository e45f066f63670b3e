package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifierTest {
  private static final long SECOND = Traffic.START + 1000;
  private static final Series CART = new Series("cart", "/");

  /// Two series, two seconds; one event has no duration.
  private static final Traffic TRAFFIC =
      new Traffic(
          List.of(
              Traffic.event(Traffic.START + 5, CART, 200, 100, 10),
              Traffic.event(SECOND, Traffic.ORDERS, 200, 1000, 10),
              Traffic.event(SECOND + 1, Traffic.ORDERS, 404, 2000, 20),
              Traffic.event(SECOND + 2, Traffic.ORDERS, 503, 9000, 30),
              Traffic.event(SECOND + 999, Traffic.ORDERS, 200, -1, 40)));

  private static final String PLACE = "2026-11-21T10:00:01Z checkout|/v1/orders/{id}: ";

  @TempDir Path folder;
  private int databases;

  private VerificationReport verify(List<WindowSummary> rows, LedgerFile... ledgers) {
    Path file = folder.resolve("verify-" + databases++ + ".db");
    try (WindowStore store = SqliteWindowStore.open(file);
        WindowQueries queries = WindowQueries.open(file)) {
      store.write(rows, List.of());
      return Verifier.verify(List.of(ledgers), queries);
    }
  }

  @Test
  void equalAgrees() {
    VerificationReport report = verify(TRAFFIC.rows(), TRAFFIC.ledger());
    assertEquals(List.of(), report.differences());
    assertTrue(report.agrees());
    assertFalse(report.incomplete());
    assertEquals(6, report.cells());
    assertEquals(6, report.rows());
    assertEquals(5, report.requests());
    assertEquals("everything agrees: 5 requests sent, 6 ledger cells, 6 rows", report.toString());
  }

  @Test
  void findsAWrongValueInEachField() {
    assertFinds("requests 4 sent, 3 in database", row -> with(row, 3, 1, 1, 100, row.durationUs()));
    assertFinds("requests 4 sent, 5 in database", row -> with(row, 5, 1, 1, 100, row.durationUs()));
    assertFinds("errors 1 sent, 2 in database", row -> with(row, 4, 2, 1, 100, row.durationUs()));
    assertFinds(
        "client errors 1 sent, 0 in database", row -> with(row, 4, 1, 0, 100, row.durationUs()));
    assertFinds("bytes 100 sent, 99 in database", row -> with(row, 4, 1, 1, 99, row.durationUs()));
    assertFinds("durations 3 sent, 0 in database", row -> with(row, 4, 1, 1, 100, null));
    assertFinds("durations 3 sent, 2 in database", row -> with(row, 2, 4000, 2000, 9000, 9000));
    assertFinds(
        "mean 4000 sent, 4000.01 in database", row -> with(row, 3, 4000.01, 2000, 9000, 9000));
    assertFinds("p50 2000 sent, 2021 in database", row -> with(row, 3, 4000, 2021, 9000, 9000));
    assertFinds("p99 9000 sent, 8909 in database", row -> with(row, 3, 4000, 2000, 8909, 9000));
    assertFinds("max 9000 sent, 8999 in database", row -> with(row, 3, 4000, 2000, 9000, 8999));
  }

  @Test
  void percentilesMayBeOffByOnePercent() {
    List<WindowSummary> rows =
        changed(Traffic.ORDERS, row -> with(row, 3, 4000.001, 2020, 8910, 9000));
    assertTrue(verify(rows, TRAFFIC.ledger()).agrees());
  }

  @Test
  void findsWrongRollups() {
    VerificationReport report =
        verify(
            changed(Series.TOTAL, row -> with(row, 7, 1, 1, 100, row.durationUs())),
            TRAFFIC.ledger());
    assertEquals(
        List.of(
            "2026-11-21T10:00:00Z *|*: requests 1 sent, 7 in database",
            "2026-11-21T10:00:00Z *|*: errors 0 sent, 1 in database",
            "2026-11-21T10:00:00Z *|*: client errors 0 sent, 1 in database",
            "2026-11-21T10:00:00Z *|*: bytes 10 sent, 100 in database",
            "2026-11-21T10:00:01Z *|*: requests 4 sent, 7 in database"),
        report.differences().stream().map(Difference::toString).toList());
  }

  @Test
  void findsMissingRows() {
    List<WindowSummary> rows = new ArrayList<>(TRAFFIC.rows());
    rows.removeIf(row -> row.windowStart() == SECOND && row.series().equals(Traffic.ORDERS));
    assertDiffers(verify(rows, TRAFFIC.ledger()), PLACE + "requests 4 sent, no row in database");
  }

  @Test
  void findsRowsWithoutEvents() {
    List<WindowSummary> rows = new ArrayList<>(TRAFFIC.rows());
    rows.add(Traffic.row(SECOND, "other|/", List.of(Traffic.event(0, CART, 200, 1, 1))));
    assertDiffers(
        verify(rows, TRAFFIC.ledger()),
        "2026-11-21T10:00:01Z other|/: row without events, 1 requests in database");
  }

  @Test
  void findsRowsInSecondsWithoutEvents() {
    Traffic gap =
        new Traffic(
            List.of(
                Traffic.event(Traffic.START, CART, 200, 1, 1),
                Traffic.event(Traffic.START + 2000, CART, 200, 1, 1)));
    List<WindowSummary> rows = new ArrayList<>(gap.rows());
    rows.add(Traffic.row(SECOND, "cart|/", List.of(Traffic.event(0, CART, 200, 1, 1))));
    assertDiffers(
        verify(rows, gap.ledger()),
        "2026-11-21T10:00:01Z cart|/: row without events, 1 requests in database");
  }

  @Test
  void leavesOtherRunsAlone() {
    List<WindowSummary> rows = new ArrayList<>(TRAFFIC.rows());
    List<RequestEvent> one = List.of(Traffic.event(0, CART, 200, 1, 1));
    rows.add(Traffic.row(Traffic.START - 1000, "cart|/", one));
    rows.add(Traffic.row(SECOND + 1000, "cart|/", one));
    assertTrue(verify(rows, TRAFFIC.ledger()).agrees());
  }

  @Test
  void eventsOfUnknownFateMayOrMayNotBeThere() {
    LedgerFile ledger = unknown(2);
    assertTrue(verify(TRAFFIC.rows(), ledger).agrees());
    List<WindowSummary> six = everywhere(SECOND, row -> with(row, 6, 3, 1, 120, row.durationUs()));
    assertTrue(verify(six, ledger).agrees());
    List<WindowSummary> seven = everywhere(SECOND, row -> with(row, 7, 1, 1, 99, row.durationUs()));
    assertEquals(6, verify(seven, ledger).differenceCount());
    assertEquals(
        PLACE + "requests 4 to 6 sent, 7 in database",
        ordersDifferences(verify(seven, ledger)).getFirst());
    assertEquals(
        PLACE + "bytes at least 100 sent, 99 in database",
        ordersDifferences(verify(seven, ledger)).getLast());
  }

  @Test
  void nothingButUnknownNeedsNoRow() {
    LedgerEntry entry = new LedgerEntry(SECOND, "cart", "/", 0, 3, 0, 0, 0, null);
    LedgerFile ledger = new LedgerFile(List.of(entry), Optional.of(new LedgerTotals(3, 0, 0, 3)));
    assertTrue(verify(List.of(), ledger).agrees());
  }

  @Test
  void severalSendersAreAdded() {
    Traffic other =
        new Traffic(
            List.of(
                Traffic.event(SECOND, Traffic.ORDERS, 200, 70, 1),
                Traffic.event(SECOND + 1000, CART, 200, -1, 1)));
    List<RequestEvent> all = new ArrayList<>(TRAFFIC.events());
    all.addAll(other.events());
    List<WindowSummary> rows = new Traffic(all).rows();
    assertEquals(List.of(), verify(rows, TRAFFIC.ledger(), other.ledger()).differences());
    assertFalse(verify(rows, TRAFFIC.ledger()).agrees());
    assertFalse(verify(TRAFFIC.rows(), TRAFFIC.ledger(), other.ledger()).agrees());
  }

  @Test
  void settledLinesOfAKilledSenderMustAgree() {
    LedgerFile torn = TRAFFIC.tornLedger(2);
    VerificationReport report = verify(TRAFFIC.rows(), torn);
    assertTrue(report.incomplete());
    assertTrue(report.agrees());
    assertEquals(
        List.of(PLACE + "requests 4 sent, 5 in database"),
        ordersDifferences(
            verify(
                changed(Traffic.ORDERS, row -> with(row, 5, 1, 1, 100, row.durationUs())), torn)));
  }

  @Test
  void whatAKilledSenderHadNotSettledIsNotJudged() {
    Traffic random = Traffic.random(new Random(7), 2000);
    try (WindowStore store = SqliteWindowStore.open(folder.resolve("torn.db"));
        WindowQueries queries = WindowQueries.open(folder.resolve("torn.db"))) {
      store.write(random.rows(), List.of());
      for (int lines = 0; lines < random.lines().size(); lines++) {
        List<LedgerFile> torn = List.of(random.tornLedger(lines));
        assertEquals(List.of(), Verifier.verify(torn, queries).differences());
      }
    }
  }

  @Test
  void rowsWithoutEventsAreFoundInSecondsAKilledSenderHadSettled() {
    List<WindowSummary> rows = new ArrayList<>(TRAFFIC.rows());
    List<RequestEvent> one = List.of(Traffic.event(0, CART, 200, 1, 1));
    rows.add(Traffic.row(Traffic.START, "settled|/", one));
    rows.add(Traffic.row(SECOND, "not-settled|/", one));
    assertDiffers(
        verify(rows, TRAFFIC.tornLedger(2)),
        "2026-11-21T10:00:00Z settled|/: row without events, 1 requests in database");
  }

  @Test
  void besideAKilledSenderACellIsAtLeastWhatTheOtherSent() {
    Traffic other = new Traffic(List.of(Traffic.event(SECOND, Traffic.ORDERS, 200, 70, 1)));
    List<RequestEvent> all = new ArrayList<>(TRAFFIC.events());
    all.addAll(other.events());
    LedgerFile killed = other.tornLedger(0);
    assertTrue(verify(new Traffic(all).rows(), TRAFFIC.ledger(), killed).agrees());
    List<WindowSummary> less =
        changed(Traffic.ORDERS, row -> with(row, 3, 1, 1, 100, row.durationUs()));
    assertEquals(
        List.of(PLACE + "requests at least 4 sent, 3 in database"),
        ordersDifferences(verify(less, TRAFFIC.ledger(), killed)));
  }

  @Test
  void findsLedgersThatLostLines() {
    LedgerFile ledger = new LedgerFile(TRAFFIC.lines().subList(0, 1), TRAFFIC.ledger().totals());
    assertEquals(
        "ledger 1: totals say 5 acknowledged and 0 unknown, the lines add up to 1 and 0",
        verify(TRAFFIC.rows(), ledger).differences().getFirst().toString());
  }

  @Test
  void listsNoMoreThanAnyoneReads() {
    List<RequestEvent> events = new ArrayList<>();
    for (int second = 0; second < 100; second++) {
      events.add(Traffic.event(Traffic.START + second * 1000L, CART, 200, 1, 1));
    }
    VerificationReport report = verify(List.of(), new Traffic(events).ledger());
    assertEquals(VerificationReport.MAX_LISTED, report.differences().size());
    assertEquals(
        List.of(
            "and 200 more differences",
            "300 differences: 100 requests sent, 300 ledger cells, 0 rows"),
        report.lines().subList(VerificationReport.MAX_LISTED, report.lines().size()));
  }

  @Test
  void whateverIsSentAgreesAndWhateverIsLostIsFound() {
    for (int seed = 0; seed < 15; seed++) {
      Random random = new Random(seed);
      Traffic traffic = Traffic.random(random, 1 + random.nextInt(3000));
      assertEquals(
          List.of(), verify(traffic.rows(), traffic.ledger()).differences(), "seed " + seed);

      List<RequestEvent> events = new ArrayList<>(traffic.events());
      RequestEvent lost = events.remove(random.nextInt(events.size()));
      VerificationReport report = verify(new Traffic(events).rows(), traffic.ledger());
      assertTrue(report.differenceCount() >= 3, "seed " + seed + ": lost " + lost);

      List<RequestEvent> doubled = new ArrayList<>(traffic.events());
      doubled.add(lost);
      assertFalse(verify(new Traffic(doubled).rows(), traffic.ledger()).agrees(), "seed " + seed);
    }
  }

  private void assertFinds(String difference, UnaryOperator<WindowSummary> change) {
    VerificationReport report = verify(changed(Traffic.ORDERS, change), TRAFFIC.ledger());
    assertTrue(
        ordersDifferences(report).contains(PLACE + difference), difference + " not in\n" + report);
  }

  private static void assertDiffers(VerificationReport report, String... differences) {
    assertEquals(
        List.of(differences), report.differences().stream().map(Difference::toString).toList());
  }

  private static List<String> ordersDifferences(VerificationReport report) {
    return report.lines().stream().filter(line -> line.startsWith(PLACE)).toList();
  }

  private static List<WindowSummary> changed(Series series, UnaryOperator<WindowSummary> change) {
    return TRAFFIC.rows().stream()
        .map(row -> row.series().equals(series) ? change.apply(row) : row)
        .toList();
  }

  private static List<WindowSummary> everywhere(long second, UnaryOperator<WindowSummary> change) {
    return TRAFFIC.rows().stream()
        .map(row -> row.windowStart() == second ? change.apply(row) : row)
        .toList();
  }

  private static LedgerFile unknown(long count) {
    List<LedgerEntry> lines =
        TRAFFIC.lines().stream()
            .map(line ->
                line.second() != SECOND
                    ? line
                    : new LedgerEntry(
                        line.second(),
                        line.service(),
                        line.route(),
                        line.requests(),
                        count,
                        line.errors(),
                        line.clientErrors(),
                        line.bytes(),
                        line.durationUs()))
            .toList();
    return new LedgerFile(lines, Optional.of(new LedgerTotals(5 + count, 5, 0, count)));
  }

  private static WindowSummary with(
      WindowSummary row, long count, double mean, double p50, double p99, double max) {
    DurationStats stats = new DurationStats(count, mean, p50, 9000, 9000, p99, 9000, max);
    return with(row, row.requests(), row.errors(), row.clientErrors(), row.bytes(), stats);
  }

  private static WindowSummary with(
      WindowSummary row,
      long requests,
      long errors,
      long clientErrors,
      long bytes,
      DurationStats stats) {
    return new WindowSummary(
        row.windowStart(),
        row.windowSizeMs(),
        row.service(),
        row.route(),
        requests,
        errors,
        clientErrors,
        bytes,
        row.ratePerS(),
        stats,
        stats == null ? null : row.histogram(),
        row.late(),
        row.revision(),
        row.isFinal());
  }
}
