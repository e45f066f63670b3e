package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import dev.millrace.sink.WindowStore.OffsetAdvance;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// What every store must do. A subclass says how to open one.
abstract class WindowStoreContract {
  static final TopicPartition P0 = new TopicPartition("windows.1s", 0);
  static final TopicPartition P1 = new TopicPartition("windows.1s", 1);

  /// Opens the test's database once more.
  abstract WindowStore open();

  /// All rows, by window, service and route.
  abstract List<WindowSummary> rows();

  /// What a write returns for this many rows, of which some give way to others. A store that finds
  /// that out later counts them all.
  int written(int rows, int givingWay) {
    return rows - givingWay;
  }

  @Test
  void keepsRowsAsTheyAre() {
    List<RequestEvent> slow = List.of(Traffic.event(Traffic.START, Traffic.ORDERS, 500, 1834, 812));
    List<RequestEvent> untimed = List.of(Traffic.event(Traffic.START, Traffic.ORDERS, 404, -1, 3));
    WindowSummary first = Traffic.row(Traffic.START, "checkout|/a b/ü|{id}", slow);
    WindowSummary second = Traffic.row(Traffic.START + 1000, "checkout|*", untimed);
    try (WindowStore store = open()) {
      assertEquals(2, store.write(List.of(first, second), List.of()));
    }
    assertRows(first, second);
  }

  @Test
  void higherRevisionWins() {
    try (WindowStore store = open()) {
      store.write(List.of(row(1, 10)), List.of());
      assertEquals(1, store.write(List.of(row(2, 11)), List.of()));
    }
    assertRows(row(2, 11));
  }

  @Test
  void lowerRevisionGivesWay() {
    try (WindowStore store = open()) {
      store.write(List.of(row(2, 11)), List.of());
      assertEquals(written(1, 1), store.write(List.of(row(1, 10)), List.of()));
    }
    assertRows(row(2, 11));
  }

  @Test
  void laterRowOfEqualRevisionHolds() {
    try (WindowStore store = open()) {
      assertEquals(2, store.write(List.of(row(0, 11), row(0, 12)), List.of()));
      assertEquals(1, store.write(List.of(row(0, 10)), List.of()));
    }
    assertRows(row(0, 10));
  }

  @Test
  void countsWhatGaveWayWithinOneBatch() {
    try (WindowStore store = open()) {
      assertEquals(written(3, 1), store.write(List.of(row(1, 1), row(3, 3), row(2, 2)), List.of()));
    }
    assertRows(row(3, 3));
  }

  @Test
  void offsetsOutliveTheStore() {
    try (WindowStore store = open()) {
      assertEquals(Map.of(), store.offsets());
      store.write(List.of(), List.of(first(P0, 5), first(P1, 7)));
      store.write(List.of(), List.of(next(P0, 5, 9)));
    }
    try (WindowStore store = open()) {
      assertEquals(Map.of(P0, 9L, P1, 7L), store.offsets());
    }
  }

  @Test
  void staleWriterChangesNothing() {
    try (WindowStore old = open();
        WindowStore successor = open()) {
      old.write(List.of(row(0, 1)), List.of(first(P0, 5), first(P1, 5)));
      successor.write(List.of(row(0, 2)), List.of(next(P1, 5, 9)));
      assertThrows(
          StaleWriterException.class,
          () -> old.write(List.of(row(0, 3)), List.of(next(P0, 5, 6), next(P1, 5, 6))));
      assertEquals(Map.of(P0, 5L, P1, 9L), old.offsets());
    }
    assertRows(row(0, 2));
  }

  @Test
  void secondFirstWriterIsStaleToo() {
    try (WindowStore one = open();
        WindowStore other = open()) {
      one.write(List.of(), List.of(first(P0, 5)));
      assertThrows(StaleWriterException.class, () -> other.write(List.of(), List.of(first(P0, 5))));
    }
  }

  @Test
  void writerOfVanishedOffsetIsStale() {
    try (WindowStore store = open()) {
      assertThrows(
          StaleWriterException.class, () -> store.write(List.of(), List.of(next(P0, 5, 6))));
      assertEquals(Map.of(), store.offsets());
    }
  }

  @Test
  void writersOfDifferentPartitionsTakeTurns() {
    try (WindowStore one = open();
        WindowStore other = open()) {
      one.write(List.of(), List.of(first(P0, 1)));
      other.write(List.of(), List.of(first(P1, 1)));
      one.write(List.of(), List.of(next(P0, 1, 2)));
      other.write(List.of(), List.of(next(P1, 1, 2)));
      assertEquals(Map.of(P0, 2L, P1, 2L), one.offsets());
    }
  }

  @Test
  void failureBetweenRowsAndCommitRollsBack() {
    try (WindowStore store = open()) {
      store.write(List.of(row(0, 1)), List.of(first(P0, 1)));
      List<OffsetAdvance> failing = failing(next(P0, 1, 2), this::assertUnchanged);
      assertThrows(Killed.class, () -> store.write(List.of(row(0, 2)), failing));
      assertEquals(Map.of(P0, 1L), store.offsets());
      assertRows(row(0, 1));
      // Nothing of the failed batch is left over in the next one.
      assertEquals(1, store.write(List.of(row(0, 3)), List.of(next(P0, 1, 2))));
    }
    assertRows(row(0, 3));
  }

  @Test
  void failureAmongRowsRollsBack() {
    try (WindowStore store = open()) {
      List<WindowSummary> failing = failing(row(0, 2), () -> {});
      assertThrows(Killed.class, () -> store.write(failing, List.of(first(P0, 1))));
      assertEquals(0, store.write(List.of(), List.of()));
      assertEquals(Map.of(), store.offsets());
    }
    assertRows();
  }

  @Test
  void takesTheFirstCluster() {
    try (WindowStore store = open()) {
      store.bindTo("cluster-1");
      store.bindTo("cluster-1");
    }
    try (WindowStore store = open()) {
      store.bindTo("cluster-1");
    }
  }

  @Test
  void refusesAnotherCluster() {
    try (WindowStore store = open()) {
      store.bindTo("cluster-1");
    }
    try (WindowStore store = open()) {
      SinkException refusal = assertThrows(SinkException.class, () -> store.bindTo("cluster-2"));
      assertTrue(refusal.getMessage().contains("holds rows of Kafka cluster cluster-1"));
      store.bindTo("cluster-1");
    }
  }

  @Test
  void takesTheFirstTopicOfAName() {
    try (WindowStore store = open()) {
      store.bindTo("windows.1s", "id-1");
      store.bindTo("windows.10s", "id-2");
      store.bindTo("windows.1s", "id-1");
    }
  }

  @Test
  void refusesATopicThatWasMadeAnew() {
    try (WindowStore store = open()) {
      store.bindTo("windows.1s", "id-1");
    }
    try (WindowStore store = open()) {
      SinkException refusal =
          assertThrows(SinkException.class, () -> store.bindTo("windows.1s", "id-2"));
      assertTrue(refusal.getMessage().contains("holds rows of an earlier topic windows.1s"));
    }
  }

  @Test
  void manyRowsAreAsIfWrittenOneAfterTheOther() {
    RandomGenerator random = new Random(1);
    Map<Series, WindowSummary> expected = new TreeMap<>(Comparator.comparing(Series::key));
    try (WindowStore store = open()) {
      for (int batch = 0; batch < 5; batch++) {
        List<WindowSummary> rows = new ArrayList<>();
        int written = 0;
        for (int i = 0; i < 500; i++) {
          Series series = new Series("checkout", "/" + random.nextInt(200));
          WindowSummary row = row(series, random.nextInt(3), i);
          rows.add(row);
          WindowSummary before = expected.get(series);
          if (before == null || before.revision() <= row.revision()) {
            expected.put(series, row);
            written++;
          }
        }
        assertEquals(written(500, 500 - written), store.write(rows, List.of()));
      }
    }
    assertRows(expected.values().toArray(WindowSummary[]::new));
  }

  @Test
  void oldRowsAreDeletedSomeAtATimeAndOffsetsStay() {
    List<WindowSummary> rows = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      rows.add(Traffic.row(Traffic.START + i * 1000L, "checkout|*", List.of()));
    }
    try (WindowStore store = open()) {
      store.write(rows, List.of(first(P0, 10)));
      assertEquals(3, store.deleteBefore(Traffic.START + 5000, 3));
      assertEquals(2, store.deleteBefore(Traffic.START + 5000, 3));
      assertEquals(0, store.deleteBefore(Traffic.START + 5000, 3));
      assertEquals(Map.of(P0, 10L), store.offsets());
      assertRows(rows.subList(5, 10).toArray(WindowSummary[]::new));
      // One that was deleted comes once more.
      assertEquals(1, store.write(rows.subList(2, 3), List.of(next(P0, 10, 11))));
      assertEquals(1, store.deleteBefore(Traffic.START + 5000, 3));
      assertEquals(Map.of(P0, 11L), store.offsets());
    }
    assertRows(rows.subList(5, 10).toArray(WindowSummary[]::new));
  }

  @Test
  void manySinksMayMakeOneDatabaseAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      Callable<Map<?, ?>> opening =
          () -> {
            try (WindowStore store = open()) {
              store.bindTo("cluster");
              return store.offsets();
            }
          };
      for (Future<Map<?, ?>> opened : threads.invokeAll(Collections.nCopies(8, opening))) {
        assertEquals(Map.of(), opened.get());
      }
    }
  }

  /// What others see of the failed transaction while it is open.
  private void assertUnchanged() {
    assertRows(row(0, 1));
  }

  static final class Killed extends RuntimeException {}

  /// A list that dies after its last element.
  static <T> List<T> dyingAfter(List<T> list) {
    return new AbstractList<>() {
      @Override
      public T get(int index) {
        if (index == list.size()) {
          throw new Killed();
        }
        return list.get(index);
      }

      @Override
      public int size() {
        return list.size() + 1;
      }
    };
  }

  /// A list that hands out one element and then dies.
  private static <T> List<T> failing(T first, Runnable before) {
    return new AbstractList<>() {
      @Override
      public T get(int index) {
        if (index == 0) {
          return first;
        }
        before.run();
        throw new Killed();
      }

      @Override
      public int size() {
        return 2;
      }
    };
  }

  static WindowSummary row(int revision, long requests) {
    return row(new Series("checkout", "/"), revision, requests);
  }

  private static WindowSummary row(Series series, int revision, long requests) {
    return new WindowSummary(
        Traffic.START,
        1000,
        series.service(),
        series.route(),
        requests,
        0,
        0,
        0,
        requests,
        null,
        null,
        0,
        revision,
        false);
  }

  static OffsetAdvance first(TopicPartition partition, long to) {
    return new OffsetAdvance(partition, OptionalLong.empty(), to);
  }

  static OffsetAdvance next(TopicPartition partition, long from, long to) {
    return new OffsetAdvance(partition, OptionalLong.of(from), to);
  }

  /// Compared as JSON: arrays within records are not equal by content.
  final void assertRows(WindowSummary... expected) {
    assertEquals(json(List.of(expected)), json(rows()));
  }

  private static List<String> json(List<WindowSummary> rows) {
    return rows.stream()
        .map(row -> new String(JsonRecords.WINDOWS.encode(row), StandardCharsets.UTF_8))
        .toList();
  }
}
