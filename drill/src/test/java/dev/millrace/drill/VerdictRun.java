package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

/// A pipeline that did all it should, to be tampered with: one thing at a time, and each must be
/// found by the check whose matter it is.
abstract class VerdictRun {
  static final long START = 1_790_000_000_000L;
  static final Series CHECKOUT = new Series("loadgen-kafka-0", "/v1/items");
  static final Series PAYMENT = new Series("loadgen-http-0", "/v1/pay");
  static final Usage USAGE = new Usage(7, 50, 200, 40 << 20);

  final RequestEventCodec codec = new RequestEventCodec();
  static final EventKey DOUBTFUL = EventKey.ofId("doubtful");

  /// May be on the raw topic twice.
  static final String TWICE = "twice";

  final RawCount raw = new RawCount(codec, Set.of(DOUBTFUL), Map.of(TWICE, 2));
  final Published published = new Published();
  final Sent sent = new Sent();
  final Map<Cell, Row> rows = new HashMap<>();
  final List<String> open = new ArrayList<>();
  final List<String> behind = new ArrayList<>();
  final List<String> troubles = new ArrayList<>();
  Growth growth = new Growth("sink", List.of(USAGE, USAGE));
  final List<FlowWatch.Sight> sights = new ArrayList<>();
  long effect = 1;
  long offset;
  long count;

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
    retried("id-700", Retried.Fate.ACCEPTED, 1);
    sights.add(new FlowWatch.Sight(START + 6_000, START + 8_400));
    raw.windows()
        .forEach((cell, counts) -> {
          published.add(summary(cell, counts, 0));
          rows.put(cell, new Row(counts, 0, 0, true));
        });
  }

  void send(int partition, long time, Series series, int status) {
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

  static LateEvents late(Series series) {
    return new LateEvents(START, 1_000, series.service(), series.route(), 1);
  }

  static WindowSummary summary(Cell cell, Counts counts, int revision) {
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

  Verdict verdict() {
    return Verdict.of(evidence());
  }

  Evidence evidence() {
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

  Flow.Happened happened(long fromMs, long endMs, long untilMs) {
    return new Flow.Happened(
        new Schedule.Step("kill-sink", "sink", 5_000, 1_000, 6_000),
        fromMs,
        endMs,
        untilMs,
        effect);
  }

  /// What a sender says that it has sent too.
  void alsoSent(Cell cell, long acknowledged) {
    Counts counts = new Counts(acknowledged, 0, 0, 100 * acknowledged);
    sent.add("other", new LedgerTotals(acknowledged, acknowledged, 0, 0));
    sent.add("other", cell, new Sent.Fates(counts, 0));
  }

  /// A batch of one event that was sent twice.
  void retried(String id, Retried.Fate fate, int edges) {
    sent.add(
        new Retried(
            "retry-0",
            START + 7_000,
            List.of(id),
            List.of("503 after 10.0 s", "202"),
            fate,
            edges));
  }

  void assertBroken(String... checks) {
    Set<String> broken =
        verdict().checks().stream()
            .filter(check -> !check.holds())
            .map(Check::name)
            .collect(Collectors.toSet());
    assertEquals(Set.of(checks), broken);
  }

  Cell cell(Series series) {
    return new Cell(WindowSize.SECOND, START + 5_000, series);
  }

  void change(Cell cell, Counts by) {
    rows.compute(
        cell,
        (same, row) -> new Row(row.counts().plus(by), row.late(), row.revision(), row.isFinal()));
  }

  /// One more of the cell's events arrives, and is counted everywhere.
  void arrive(String id) {
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
}
