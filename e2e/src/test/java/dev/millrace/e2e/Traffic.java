package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.events.DurationStats;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Ninety seconds of events whose right answer is the same whatever partitions they are spread
/// over, and that answer, counted without any of the processor's code.
///
/// An event's verdict depends on what its partition has had before it. So that it is the same in
/// all ways of partitioning, events are either less out of order than is allowed for any order; or
/// so late that even a partition which is somewhat behind the others has passed them; and the ends
/// of windows keep away from where the partitions' watermarks may be.
final class Traffic {
  static final long OUT_OF_ORDERNESS_MS = 1_000;
  static final long ALLOWED_LATENESS_MS = 10_000;

  private static final int EVENTS = 50_000;
  private static final long LENGTH_MS = 90_000;
  private static final long MAX_JITTER_MS = 900;
  private static final long FAR_TOO_LATE_MS = 60_000;

  /// How far partitions' watermarks may be apart.
  private static final long SPREAD_MS = 700;

  private static final int POISON_EVERY = 9_973;
  private static final byte[] POISON = "{\"time\":".getBytes(StandardCharsets.UTF_8);

  /// @param event null if the record is none
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
  record Item(byte[] bytes, RequestEvent event) {
    long timestamp() {
      return event == null ? 0 : event.time();
    }
  }

  /// What rows must say of one series in one window.
  static final class Cell {
    private long requests;
    private long errors;
    private long clientErrors;
    private long bytes;
    private long late;
    private final List<Long> durations = new ArrayList<>();

    private void add(RequestEvent event, boolean isLate) {
      requests++;
      errors += event.status() >= 500 ? 1 : 0;
      clientErrors += event.status() >= 400 && event.status() < 500 ? 1 : 0;
      bytes += event.bytes();
      late += isLate ? 1 : 0;
      event.durationUs().ifPresent(durations::add);
    }

    private void assertEqual(WindowSummary row) {
      String name = row.toString();
      assertEquals(requests, row.requests(), name);
      assertEquals(requests * 1000.0 / row.windowSizeMs(), row.ratePerS(), name);
      assertEquals(errors, row.errors(), name);
      assertEquals(clientErrors, row.clientErrors(), name);
      assertEquals(bytes, row.bytes(), name);
      assertEquals(late, row.late(), name);
      if (durations.isEmpty()) {
        assertNull(row.durationUs(), name);
        return;
      }
      assertNotNull(row.durationUs(), name);
      DurationStats stats = row.durationUs();
      long[] sorted = durations.stream().mapToLong(Long::longValue).sorted().toArray();
      assertEquals(sorted.length, stats.count(), name);
      assertEquals((double) Arrays.stream(sorted).sum() / sorted.length, stats.mean(), name);
      assertEquals(sorted[sorted.length - 1], stats.max(), name);
      assertEquals(
          sorted.length,
          row.histogram().zeroCount() + Arrays.stream(row.histogram().bucketCounts()).sum(),
          name);
      assertNear(sorted, 500, stats.p50(), name);
      assertNear(sorted, 900, stats.p90(), name);
      assertNear(sorted, 950, stats.p95(), name);
      assertNear(sorted, 990, stats.p99(), name);
      assertNear(sorted, 999, stats.p999(), name);
    }

    private static void assertNear(long[] sorted, int permille, double actual, String name) {
      int rank = Math.ceilDiv(permille * sorted.length, 1_000);
      long exact = sorted[rank - 1];
      assertEquals(exact, actual, 0.01 * exact, name);
    }
  }

  /// @param beyond whether it is in no row
  /// @param late for which sizes its row was over
  private record Verdict(boolean beyond, Set<WindowSize> late) {}

  private final List<Item> items = new ArrayList<>();
  private final Map<WindowSize, Map<String, Cell>> cells = new HashMap<>();
  private final Map<String, Long> late = new TreeMap<>();
  private int poison;

  /// @param start event time of the first, epoch milliseconds
  /// @param partitions the numbers of partitions that it may be spread over, item i to the
  ///   partition i modulo their number
  Traffic(long start, int... partitions) {
    RequestEventCodec codec = new RequestEventCodec();
    SplittableRandom random = new SplittableRandom(2_026);
    for (int i = 0; i < EVENTS; i++) {
      if (i % POISON_EVERY == POISON_EVERY - 1) {
        items.add(new Item(POISON, null));
        poison++;
      }
      RequestEvent event = event(time(start, LENGTH_MS * i / EVENTS, random), random);
      items.add(new Item(codec.encode(event), event));
    }
    List<Verdict> verdicts = verdicts(1);
    for (int number : partitions) {
      assertEquals(verdicts, verdicts(number), "the input is not the same for " + number);
    }
    count(verdicts);
  }

  private static long time(long start, long elapsed, SplittableRandom random) {
    long now = start + elapsed;
    int kind = random.nextInt(200);
    if (kind == 0 && elapsed > FAR_TOO_LATE_MS + 5_000) {
      return now - FAR_TOO_LATE_MS - random.nextInt(1_000);
    }
    if (kind <= 3 && elapsed > ALLOWED_LATENESS_MS) {
      long time = now - 3_000 - random.nextInt(6_000);
      if (!isNearWatermarks(time, now)) {
        return time;
      }
    }
    return now - random.nextLong(Math.min(MAX_JITTER_MS, elapsed + 1));
  }

  /// Whether the partitions may disagree about one of the event's windows being over.
  private static boolean isNearWatermarks(long time, long now) {
    long watermark = now - OUT_OF_ORDERNESS_MS;
    return Arrays.stream(WindowSize.values())
        .mapToLong(size -> time - time % size.ms() + size.ms())
        .anyMatch(end -> end <= watermark && end > watermark - SPREAD_MS);
  }

  private static RequestEvent event(long time, SplittableRandom random) {
    int service = (int) (8 * Math.pow(random.nextDouble(), 3));
    int route = (int) (5 * Math.pow(random.nextDouble(), 2));
    int kind = random.nextInt(100);
    int status = kind < 5 ? 500 + kind : kind < 14 ? 400 + kind : kind < 18 ? 302 : 200;
    OptionalLong duration =
        switch (random.nextInt(20)) {
          case 0, 1 -> OptionalLong.empty();
          case 2 -> OptionalLong.of(0);
          default -> OptionalLong.of((long) Math.exp(8 + 1.3 * random.nextGaussian()));
        };
    return new RequestEvent(
        "",
        time,
        "service-" + service,
        "/v" + route + "/{id}|é",
        "GET",
        status,
        duration,
        random.nextInt(100_000));
  }

  private List<Verdict> verdicts(int partitions) {
    long[] newest = new long[partitions];
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      RequestEvent event = items.get(i).event();
      if (event == null) {
        verdicts.add(null);
        continue;
      }
      int partition = i % partitions;
      newest[partition] = Math.max(newest[partition], event.time());
      long watermark = newest[partition] - OUT_OF_ORDERNESS_MS;
      Set<WindowSize> over = EnumSet.noneOf(WindowSize.class);
      for (WindowSize size : WindowSize.values()) {
        if (event.time() - event.time() % size.ms() + size.ms() <= watermark) {
          over.add(size);
        }
      }
      verdicts.add(new Verdict(event.time() < watermark - ALLOWED_LATENESS_MS, over));
    }
    return verdicts;
  }

  private void count(List<Verdict> verdicts) {
    for (WindowSize size : WindowSize.values()) {
      cells.put(size, new TreeMap<>());
    }
    for (int i = 0; i < items.size(); i++) {
      RequestEvent event = items.get(i).event();
      if (event == null) {
        continue;
      }
      Verdict verdict = verdicts.get(i);
      List<Series> all = List.of(event.series(), event.series().ofService(), Series.TOTAL);
      for (Series series : all) {
        if (verdict.beyond()) {
          late.merge(Results.name(event.time() - event.time() % 1_000, series), 1L, Long::sum);
          continue;
        }
        for (WindowSize size : WindowSize.values()) {
          cells
              .get(size)
              .computeIfAbsent(
                  Results.name(event.time() - event.time() % size.ms(), series), name -> new Cell())
              .add(event, verdict.late().contains(size));
        }
      }
    }
  }

  int size() {
    return items.size();
  }

  int poison() {
    return poison;
  }

  Item get(int i) {
    return items.get(i);
  }

  /// Late events by [Results#name].
  Map<String, Long> late() {
    return late;
  }

  /// How many events each route had in each second, late ones included, by [Results#name].
  Map<String, Long> routeSeconds() {
    Map<String, Long> counts = new TreeMap<>();
    items.stream()
        .map(Item::event)
        .flatMap(Stream::ofNullable)
        .forEach(event ->
            counts.merge(
                Results.name(event.time() - event.time() % 1_000, event.series()), 1L, Long::sum));
    return counts;
  }

  /// Asserts that there is a row for each window and series, and no other, and that all they say is
  /// so.
  void assertCountedBy(Results results) {
    for (WindowSize size : WindowSize.values()) {
      Map<String, WindowSummary> rows = results.rows(size);
      assertEquals(cells.get(size).keySet(), rows.keySet());
      cells.get(size).forEach((name, cell) -> cell.assertEqual(rows.get(name)));
    }
    assertEquals(late, results.late());
    assertEquals(poison, results.deadLetters().size());
  }
}
