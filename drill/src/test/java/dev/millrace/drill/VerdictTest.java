package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LateEvents;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What the topics and the database say.
class VerdictTest extends VerdictRun {
  @Test
  void whatIsAsItShouldBeIsBalanced() {
    assertBroken();
    assertTrue(verdict().isBalanced());
    assertTrue(verdict().smallest().isEmpty());
    // It is about something.
    assertEquals(1, raw.late().getOrDefault(new Cell(WindowSize.SECOND, START, CHECKOUT), 0L));
    assertEquals(30 * 5 + 3 * 5 + 5, rows.size());
  }

  @Test
  void aRowThatIsLostIsFound() {
    rows.remove(cell(CHECKOUT));
    assertBroken("windows", "revisions");
    assertEquals(cell(CHECKOUT), verdict().smallest().orElseThrow());
  }

  @Test
  void aLostRowOfTheTotalIsMissingFromTheEquationToo() {
    rows.remove(cell(Series.TOTAL));
    assertBroken("windows", "revisions", "places");
  }

  @Test
  void aRowThatIsDoubledIsFound() {
    change(cell(CHECKOUT), rows.get(cell(CHECKOUT)).counts());
    assertBroken("windows", "revisions");
  }

  @Test
  void aRowThatCountsOneEventTwiceEverywhereIsFound() {
    // Published so, and written so: only the recount knows better.
    Counts wrong = rows.get(cell(CHECKOUT)).counts().plus(new Counts(1, 0, 0, 100));
    published.add(summary(cell(CHECKOUT), wrong, 1));
    rows.put(cell(CHECKOUT), new Row(wrong, 0, 1, true));
    assertBroken("windows");
  }

  @Test
  void wrongErrorsClientErrorsAndBytesAreFound() {
    for (Counts more :
        List.of(new Counts(0, 1, 0, 0), new Counts(0, 0, 1, 0), new Counts(0, 0, 0, 1))) {
      Row right = rows.get(cell(PAYMENT));
      change(cell(PAYMENT), more);
      assertBroken("windows", "revisions");
      rows.put(cell(PAYMENT), right);
    }
    assertBroken();
  }

  @Test
  void aLongerWindowThatIsMissingIsFound() {
    rows.remove(new Cell(WindowSize.MINUTE, WindowSize.MINUTE.start(START), PAYMENT));
    assertBroken("windows", "revisions");
  }

  @Test
  void aRowWithoutEventsIsFound() {
    Cell ghost = new Cell(WindowSize.SECOND, START + 500_000, CHECKOUT);
    rows.put(ghost, new Row(new Counts(1, 0, 0, 0), 0, 0, true));
    assertBroken("windows", "revisions");
  }

  @Test
  void aWindowWithoutFinalRowIsFound() {
    Row row = rows.get(cell(PAYMENT));
    rows.put(cell(PAYMENT), new Row(row.counts(), row.late(), row.revision(), false));
    assertBroken("revisions");
  }

  @Test
  void aRowOfALowerRevisionThanWasPublishedIsFound() {
    published.add(summary(cell(PAYMENT), rows.get(cell(PAYMENT)).counts(), 3));
    assertBroken("revisions");
  }

  @Test
  void aRevisionThatWasPublishedTwiceIsFound() {
    published.add(summary(cell(PAYMENT), rows.get(cell(PAYMENT)).counts(), 0));
    assertBroken("revisions");
  }

  @Test
  void whatIsNoEventAndIsLostOnItsWayIsFound() {
    sent.add("other", new LedgerTotals(1, 0, 1, 0, 0));
    assertBroken("dead letters", "places");
    sent.addUnknownRejects(1);
    assertBroken();
  }

  @Test
  void literalCountsOfAWindowAndOfWhatIsLate() {
    assertEquals(new Counts(67, 2, 0, 6_700), raw.windows().get(cell(CHECKOUT)));
    assertEquals(new Counts(100, 2, 0, 10_000), raw.windows().get(cell(Series.TOTAL)));
    RawCount other = new RawCount(codec, Set.of(), Map.of());
    long second = 1_000_000_000_000L;
    long[] times = {second + 20_500, second + 9_500, second + 9_499};
    for (int i = 0; i < times.length; i++) {
      other.add(
          new Place(0, i),
          codec.encode(
              new RequestEvent("t" + i, times[i], "s", "/r", "GET", 200, OptionalLong.empty(), 1)));
    }
    // Behind the newest by both allowances is in time, and one millisecond more is late.
    assertEquals(
        Map.of(
            new Cell(WindowSize.SECOND, second + 9_000, new Series("s", "/r")), 1L,
            new Cell(WindowSize.SECOND, second + 9_000, new Series("s", "/r").ofService()), 1L,
            new Cell(WindowSize.SECOND, second + 9_000, Series.TOTAL), 1L),
        other.late());
  }

  @Test
  void aLateEventThatIsNotToldIsFound() {
    published.add(new LateEvents(START, 1_000, CHECKOUT.service(), CHECKOUT.route(), -1));
    assertBroken("late");
  }

  @Test
  void aDeadLetterThatIsMissingTwiceOrNoneIsFound() {
    published.addDeadLetter(new Place(0, offset));
    assertBroken("dead letters", "places");
  }

  @Test
  void whatIsNoEventAndOnNoDeadLetterIsFound() {
    raw.add(new Place(1, 9), "{".getBytes(StandardCharsets.UTF_8));
    sent.add("other", new LedgerTotals(1, 0, 1, 0, 0));
    assertBroken("dead letters", "places");
    assertTrue(
        verdict().checks().stream()
            .anyMatch(check ->
                check.violations().contains("1:9 is no event, and is not on requests.dlq")));
  }

  @Test
  void anEventAmongTheDeadLettersIsFound() {
    published.addDeadLetter(new Place(0, 3));
    assertBroken("dead letters", "places");
  }

  @Test
  void aTransactionThatIsOpenIsFound() {
    open.add("requests-0 from 5 of 9");
    assertBroken("transactions");
  }

  @Test
  void aReplicaThatIsBehindIsFound() {
    behind.add("requests-0: 2 of 3 replicas in step");
    assertBroken("replicas");
  }

  @Test
  void aPartThatEndedByItselfIsFound() {
    troubles.add("sink ended by itself with exit code 1");
    assertBroken("parts");
  }

  @Test
  void whatGrowsIsFound() {
    growth = new Growth("sink", List.of(USAGE, new Usage(7, 50 + Growth.MORE_THREADS + 1, 200, 0)));
    assertBroken("growth");
  }
}
