package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Events, and what a perfect sender and a perfect pipeline would make of them.
record Traffic(List<RequestEvent> events) {
  /// 2026-11-21T10:00:00Z.
  static final long START = 1_795_255_200_000L;

  static final Series ORDERS = new Series("checkout", "/v1/orders/{id}");

  static RequestEvent event(long time, Series series, int status, long durationUs, long bytes) {
    OptionalLong duration = durationUs < 0 ? OptionalLong.empty() : OptionalLong.of(durationUs);
    return new RequestEvent(
        "", time, series.service(), series.route(), "GET", status, duration, bytes);
  }

  static Traffic random(RandomGenerator random, int count) {
    List<RequestEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Series series = new Series("service-" + random.nextInt(3), "/route/" + random.nextInt(3));
      events.add(
          event(
              START + random.nextInt(4000),
              series,
              random.nextInt(2, 6) * 100,
              random.nextInt(5) == 0 ? -1 : (long) Math.exp(random.nextDouble(0, 16)) - 1,
              random.nextInt(10_000)));
    }
    return new Traffic(events);
  }

  /// Rows of one-second windows, rollups included.
  List<WindowSummary> rows() {
    List<WindowSummary> rows = new ArrayList<>();
    rows.addAll(rows(RequestEvent::series));
    rows.addAll(rows(event -> event.series().ofService()));
    rows.addAll(rows(_ -> Series.TOTAL));
    return rows;
  }

  private List<WindowSummary> rows(Function<RequestEvent, Series> by) {
    List<WindowSummary> rows = new ArrayList<>();
    cells(by)
        .forEach((second, cells) -> cells.forEach((key, cell) -> rows.add(row(second, key, cell))));
    return rows;
  }

  /// The row of these events, whatever their own time and series.
  static WindowSummary row(long second, String key, List<RequestEvent> cell) {
    LatencySketch sketch = new LatencySketch();
    long[] durations = durations(cell);
    Arrays.stream(durations).forEach(sketch::add);
    Series series = Series.parse(key);
    return new WindowSummary(
        second,
        1000,
        series.service(),
        series.route(),
        cell.size(),
        cell.stream().filter(RequestEvent::isError).count(),
        cell.stream().filter(RequestEvent::isClientError).count(),
        cell.stream().mapToLong(RequestEvent::bytes).sum(),
        cell.size(),
        durations.length == 0
            ? null
            : sketch.stats(Arrays.stream(durations).sum(), durations[durations.length - 1]),
        durations.length == 0 ? null : sketch.histogram(),
        0,
        0,
        true);
  }

  /// The ledger of a sender that came to its end.
  LedgerFile ledger() {
    return new LedgerFile(
        lines(), Optional.of(new LedgerTotals(events.size(), events.size(), 0, 0)));
  }

  /// The ledger of a sender that was killed after so many lines.
  LedgerFile tornLedger(int lines) {
    return new LedgerFile(lines().subList(0, lines), Optional.empty());
  }

  List<LedgerEntry> lines() {
    List<LedgerEntry> lines = new ArrayList<>();
    cells(RequestEvent::series)
        .forEach(
            (second, cells) -> cells.forEach((key, cell) -> lines.add(line(second, key, cell))));
    return lines;
  }

  private static LedgerEntry line(long second, String key, List<RequestEvent> cell) {
    WindowSummary row = row(second, key, cell);
    return new LedgerEntry(
        second,
        row.service(),
        row.route(),
        row.requests(),
        0,
        row.errors(),
        row.clientErrors(),
        row.bytes(),
        exact(durations(cell)));
  }

  private static DurationStats exact(long[] sorted) {
    int count = sorted.length;
    return count == 0
        ? null
        : new DurationStats(
            count,
            Arrays.stream(sorted).average().orElseThrow(),
            sorted[(int) DurationStats.rank(0.5, count) - 1],
            sorted[(int) DurationStats.rank(0.9, count) - 1],
            sorted[(int) DurationStats.rank(0.95, count) - 1],
            sorted[(int) DurationStats.rank(0.99, count) - 1],
            sorted[(int) DurationStats.rank(0.999, count) - 1],
            sorted[count - 1]);
  }

  private Map<Long, Map<String, List<RequestEvent>>> cells(Function<RequestEvent, Series> by) {
    Map<Long, Map<String, List<RequestEvent>>> cells = new TreeMap<>();
    for (RequestEvent event : events) {
      cells
          .computeIfAbsent(event.time() / 1000 * 1000, _ -> new TreeMap<>())
          .computeIfAbsent(by.apply(event).key(), _ -> new ArrayList<>())
          .add(event);
    }
    return cells;
  }

  private static long[] durations(List<RequestEvent> cell) {
    return cell.stream()
        .filter(event -> event.durationUs().isPresent())
        .mapToLong(event -> event.durationUs().getAsLong())
        .sorted()
        .toArray();
  }
}
