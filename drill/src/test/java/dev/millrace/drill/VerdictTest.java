package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LateEvents;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A pipeline that did all it should, and then one thing tampered with at a time: each must be
/// found, and by the check whose matter it is.
class VerdictTest {
  private static final long START = 1_790_000_000_000L;
  private static final Series CHECKOUT = new Series("loadgen-kafka-0", "/v1/items");
  private static final Series PAYMENT = new Series("loadgen-http-0", "/v1/pay");
  private static final Usage USAGE = new Usage(50, 200, 40 << 20);

  private final RequestEventCodec codec = new RequestEventCodec();
  private static final EventKey DOUBTFUL = EventKey.ofId("doubtful");

  private final RawCount raw = new RawCount(codec, Set.of(DOUBTFUL));
  private final Published published = new Published();
  private final Sent sent = new Sent();
  private final Map<Cell, Row> rows = new HashMap<>();
  private final List<String> open = new ArrayList<>();
  private final List<String> behind = new ArrayList<>();
  private final List<String> troubles = new ArrayList<>();
  private Growth growth = new Growth("sink", USAGE, USAGE);
  private final List<FlowWatch.Sight> sights = new ArrayList<>();
  private long effect = 1;
  private long offset;
  private long count;

  @BeforeEach
  void aRunInWhichAllWentWell() {
    for (int i = 0; i < 3_000; i++) {
      send(0, START + 10L * i, i % 3 == 0 ? PAYMENT : CHECKOUT, i % 50 == 0 ? 500 : 200);
    }
    // Far behind its partition: it is late, and on no row.
    send(0, START, CHECKOUT, 404);
    published.add(late(CHECKOUT));
    published.add(late(CHECKOUT.ofService()));
    published.add(late(Series.TOTAL));
    // One of which its sender does not know that it is there.
    sent.add("loadgen", cell(CHECKOUT), new Sent.Fates(Counts.NONE, 1));
    sent.addUnknown("loadgen", DOUBTFUL);
    raw.add(new Place(0, offset), "{".getBytes(StandardCharsets.UTF_8));
    published.addDeadLetter(new Place(0, offset));
    sent.add("loadgen", new LedgerTotals(count + 2, count, 1, 0, 1));
    sights.add(new FlowWatch.Sight(START + 6_000, START + 8_400));
    raw.windows()
        .forEach((cell, counts) -> {
          published.add(summary(cell, counts, 0));
          rows.put(cell, new Row(counts, 0, 0, true));
        });
  }

  private void send(int partition, long time, Series series, int status) {
    RequestEvent event =
        new RequestEvent(
            "id-" + count++,
            time,
            series.service(),
            series.route(),
            "GET",
            status,
            OptionalLong.empty(),
            100);
    raw.add(new Place(partition, offset++), codec.encode(event));
    sent.add(
        "loadgen", Cell.at(WindowSize.SECOND, time, series), new Sent.Fates(Counts.of(event), 0));
  }

  private static LateEvents late(Series series) {
    return new LateEvents(START, 1_000, series.service(), series.route(), 1);
  }

  private static WindowSummary summary(Cell cell, Counts counts, int revision) {
    return new WindowSummary(
        cell.start(),
        cell.size().ms(),
        cell.series().service(),
        cell.series().route(),
        counts.requests(),
        counts.errors(),
        counts.clientErrors(),
        counts.bytes(),
        0,
        null,
        null,
        0,
        revision,
        true);
  }

  private Verdict verdict() {
    return Verdict.of(evidence());
  }

  private Evidence evidence() {
    return new Evidence(
        raw,
        published,
        rows,
        sent,
        open,
        behind,
        List.of(growth),
        troubles,
        new Flow(List.of(happened(START + 5_000, START + 6_000, Long.MAX_VALUE)), sights));
  }

  private Flow.Happened happened(long fromMs, long endMs, long untilMs) {
    return new Flow.Happened(
        new Schedule.Step("kill-sink", "sink", 5_000, 1_000, 6_000),
        fromMs,
        endMs,
        untilMs,
        effect);
  }

  /// What a sender says that it has sent too.
  private void alsoSent(Cell cell, long acknowledged) {
    Counts counts = new Counts(acknowledged, 0, 0, 100 * acknowledged);
    sent.add("other", new LedgerTotals(acknowledged, acknowledged, 0, 0));
    sent.add("other", cell, new Sent.Fates(counts, 0));
  }

  private void assertBroken(String... checks) {
    Set<String> broken =
        verdict().checks().stream()
            .filter(check -> !check.holds())
            .map(Check::name)
            .collect(Collectors.toSet());
    assertEquals(Set.of(checks), broken);
  }

  private Cell cell(Series series) {
    return new Cell(WindowSize.SECOND, START + 5_000, series);
  }

  private void change(Cell cell, Counts by) {
    rows.compute(
        cell,
        (same, row) -> new Row(row.counts().plus(by), row.late(), row.revision(), row.isFinal()));
  }

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
  void anAcknowledgedEventThatIsNotOnTheTopicIsFound() {
    Cell cell = cell(CHECKOUT);
    alsoSent(cell, 1);
    assertBroken("senders", "places");
    assertEquals(cell, verdict().smallest().orElseThrow());
  }

  @Test
  void anUnknownEventThatArrivedDoesNotHideOneThatIsLost() {
    arrive(DOUBTFUL.key());
    assertBroken();
    alsoSent(cell(CHECKOUT), 1);
    assertBroken("senders", "places");
  }

  /// One more of the cell's events arrives, and is counted everywhere.
  private void arrive(String id) {
    RequestEvent event =
        new RequestEvent(
            id,
            cell(CHECKOUT).start() + 500,
            CHECKOUT.service(),
            CHECKOUT.route(),
            "GET",
            200,
            OptionalLong.empty(),
            100);
    raw.add(new Place(1, offset++), codec.encode(event));
    raw.windows()
        .forEach((cell, counts) -> {
          if (!rows.get(cell).counts().equals(counts)) {
            int revision = rows.get(cell).revision() + 1;
            published.add(summary(cell, counts, revision));
            rows.put(cell, new Row(counts, 0, revision, true));
          }
        });
  }

  @Test
  void anEventThatIsThereThoughItsSenderSaysThatItCannotBeIsFound() {
    arrive("failed");
    assertBroken("senders", "places");
  }

  @Test
  void anUnknownEventThatIsThereTwiceIsFound() {
    arrive(DOUBTFUL.key());
    arrive(DOUBTFUL.key());
    assertBroken("senders", "once");
  }

  @Test
  void unknownEventsThatAreNotListedAreFound() {
    sent.add("other", new LedgerTotals(1, 0, 0, 1));
    sent.add("other", cell(CHECKOUT), new Sent.Fates(Counts.NONE, 1));
    assertBroken("fates");
    sent.addUnknown("other", EventKey.of("other", 7));
    assertBroken();
  }

  @Test
  void secondsThatDoNotAddUpToTheTotalsAreFound() {
    sent.add("other", new LedgerTotals(1, 1, 0, 0));
    assertBroken("fates", "places");
  }

  @Test
  void whatIsNoEventAndIsLostOnItsWayIsFound() {
    sent.add("other", new LedgerTotals(1, 0, 1, 0, 0));
    assertBroken("dead letters", "places");
    sent.addUnknownRejects(1);
    assertBroken();
  }

  @Test
  void keysOfTheGeneratorsIdsAreTheirPlacesInTheRun() {
    RequestEvent event =
        new RequestEvent(
            "01KB3X7Q2M0000001ZABCDEFGH",
            START,
            "overload-1-3",
            "/v1/items",
            "GET",
            200,
            OptionalLong.empty(),
            100);
    assertEquals(EventKey.of("overload-1", 63), EventKey.of(event));
  }

  @Test
  void aFaultThatBreaksNothingIsFound() {
    effect = 0;
    assertBroken("faults");
  }

  @Test
  void aPipelineThatDoesNotComeBackIsFound() {
    sights.clear();
    sights.add(new FlowWatch.Sight(START + 5_000, START + 8_400));
    assertBroken("recovery");
  }

  @Test
  void whatComesBackOnlyAfterTheNextFaultHasNotComeBack() {
    Flow flow = new Flow(List.of(happened(START + 5_000, START + 6_000, START + 8_000)), sights);
    assertEquals(1, flow.lasting().size());
  }

  @Test
  void aSenderThatIsSilentAfterTheLastFaultIsFound() {
    sent.cells().keySet().removeIf(cell -> cell.start() >= START + 6_000 && isHttp(cell));
    Flow flow = new Flow(List.of(happened(START + 5_000, START + 6_000, Long.MAX_VALUE)), sights);
    assertEquals(
        List.of("nothing of loadgen-http was acknowledged after the last fault"),
        flow.silent(sent.cells()));
    sent.cells().keySet().removeIf(VerdictTest::isHttp);
    assertEquals(2, flow.silent(sent.cells()).size());
  }

  private static boolean isHttp(Cell cell) {
    return cell.series().equals(PAYMENT);
  }

  @Test
  void aWindowIsWholeOnceEventsOfBothWaysAreInIt() {
    Counts one = new Counts(1, 0, 0, 0);
    Counts two = new Counts(2, 0, 0, 0);
    WindowSummary kafka = summary(cell(CHECKOUT), one, 0);
    assertTrue(
        FlowWatch.isWhole(
            List.of(kafka, summary(cell(PAYMENT), one, 0), summary(cell(Series.TOTAL), two, 0))));
    assertFalse(FlowWatch.isWhole(List.of(kafka, summary(cell(Series.TOTAL), one, 0))));
    assertFalse(FlowWatch.isWhole(List.of(kafka, summary(cell(Series.TOTAL), two, 0))));
  }

  @Test
  void literalCountsOfAWindowAndOfWhatIsLate() {
    assertEquals(new Counts(67, 2, 0, 6_700), raw.windows().get(cell(CHECKOUT)));
    assertEquals(new Counts(100, 2, 0, 10_000), raw.windows().get(cell(Series.TOTAL)));
    RawCount other = new RawCount(codec, Set.of());
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
  void anEventThatNobodySentIsFound() {
    sent.cells().remove(cell(PAYMENT));
    assertBroken("senders");
  }

  @Test
  void anEventThatIsOnTheTopicTwiceIsFound() {
    RequestEvent event =
        new RequestEvent(
            "id-7",
            START + 70,
            CHECKOUT.service(),
            CHECKOUT.route(),
            "GET",
            200,
            OptionalLong.empty(),
            100);
    raw.add(new Place(1, 0), codec.encode(event));
    Set<String> broken =
        verdict().checks().stream()
            .filter(check -> !check.holds())
            .map(Check::name)
            .collect(Collectors.toSet());
    assertTrue(broken.containsAll(Set.of("once", "windows", "senders")), broken + "");
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
  void aSenderWhoseFatesDoNotAddUpIsFound() {
    sent.add("other", new LedgerTotals(1, 0, 0, 0, 0));
    assertBroken("fates");
  }

  @Test
  void aTransactionThatIsOpenIsFound() {
    open.add("requests-0 from 5 of 9");
    assertBroken("transactions");
  }

  @Test
  void aReplicaThatIsBehindIsFound() {
    behind.add("requests-0 has 2 replicas in step, is to have 3");
    assertBroken("replicas");
  }

  @Test
  void aPartThatEndedByItselfIsFound() {
    troubles.add("sink ended by itself with exit code 1");
    assertBroken("parts");
  }

  @Test
  void whatGrowsIsFound() {
    for (Usage grown :
        List.of(
            new Usage(USAGE.threads() + Growth.MORE_THREADS + 1, USAGE.descriptors(), 0),
            new Usage(USAGE.threads(), USAGE.descriptors() + Growth.MORE_DESCRIPTORS + 1, 0),
            new Usage(USAGE.threads(), 0, 3 * USAGE.heapBytes()))) {
      growth = new Growth("sink", USAGE, grown);
      assertBroken("growth");
    }
  }

  @Test
  void figuresGiveAnEventToTheFaultBeforeIt() {
    alsoSent(cell(CHECKOUT), 2);
    rows.remove(cell(PAYMENT));
    change(new Cell(WindowSize.SECOND, START + 20_000, PAYMENT), new Counts(4, 0, 0, 0));
    Cell ghost = new Cell(WindowSize.SECOND, START + 500_000, CHECKOUT);
    rows.put(ghost, new Row(new Counts(3, 0, 0, 0), 0, 0, true));
    // Sent by a clock that is an hour behind, between the two.
    Cell skewed = new Cell(WindowSize.SECOND, START - 3_590_000, new Series("skewed", "/v1/x"));
    sent.addClock("skewed", -3_600_000);
    sent.add("skewed", skewed, new Sent.Fates(new Counts(5, 0, 0, 0), 1));
    FaultFigures figures =
        FaultFigures.of(happened(START + 5_000, START + 6_000, START + 20_500), START, evidence());
    long lostRow = raw.windows().get(cell(PAYMENT)).requests();
    assertEquals(
        new FaultFigures("kill-sink", "sink", 5, 1, 2_400L, 2 + lostRow + 5, 0, 1 + 1), figures);
    FaultFigures later =
        FaultFigures.of(
            happened(START + 20_500, START + 21_500, Long.MAX_VALUE), START, evidence());
    assertEquals(new FaultFigures("kill-sink", "sink", 20.5, 1, null, 0, 4 + 3, 0), later);
  }
}
