package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A window of eight events, of which the row has not or has twice one or the other.
class CloseLookTest {
  private static final long START = 1_790_000_000_000L;
  private static final Series SERIES = new Series("loadgen-http-0", "/v1/pay");
  private static final Cell CELL = new Cell(WindowSize.SECOND, START, SERIES);

  private final RequestEventCodec codec = new RequestEventCodec();
  private final RawCount raw = new RawCount(codec, Set.of(), Map.of());
  private final CloseLook look = new CloseLook(CELL);
  private final Sent sent = new Sent();

  @BeforeEach
  void eightEventsInTwoPartitions() {
    raw.lookBy(look);
    for (int place = 0; place < 8; place++) {
      add(place, place % 2, START + 100L * place, SERIES, 100 + 10L * place * place);
    }
    // Of another series, of another second, of another sender.
    add(8, 0, START + 500, new Series("loadgen-http-1", "/v1/pay"), 7);
    add(9, 0, START + 1_000, SERIES, 7);
    add(9, 0, START + 999, new Series("loadgen-kafka-0", "/v1/pay"), 7);
  }

  /// @param index place in the run, one digit
  private void add(int index, int partition, long time, Series series, long bytes) {
    RequestEvent event =
        new RequestEvent(
            id(index),
            time,
            series.service(),
            series.route(),
            "GET",
            200,
            OptionalLong.empty(),
            bytes);
    raw.add(new Place(partition, 40 + index), codec.encode(event));
  }

  private static String id(int index) {
    return "01KB3X7Q2M0000000" + index + "ABCDEFGH";
  }

  /// @param by what its row has more than it must
  private List<String> linesOfRowOff(Counts by) {
    Counts must = raw.windows().get(CELL);
    return look.lines(must, new Row(must.plus(by), 0, 0, true), sent);
  }

  @Test
  void allEventsOfTheWindowAreListedByTheirPlaces() {
    assertEquals(
        List.of("0:40", "0:42", "0:44", "0:46", "1:41", "1:43", "1:45", "1:47"),
        look.events().stream().map(event -> event.place().toString()).toList());
    List<String> lines = linesOfRowOff(new Counts(0, 0, 0, 1));
    assertEquals("  The smallest window that differs is " + CELL + ".", lines.getFirst());
    assertTrue(lines.contains("  Its 8 events on the raw topic, as PARTITION:OFFSET ID:"));
    assertEquals("    1:47 " + id(7), lines.getLast());
  }

  @Test
  void theEventThatARowDoesNotHaveIsKnownByItsSums() {
    List<String> lines = linesOfRowOff(new Counts(-1, 0, 0, -190));
    int at = lines.indexOf("  By their sums, these are not in its row:");
    assertEquals("    1:43 " + id(3), lines.get(at + 1));
  }

  @Test
  void eventsSideBySideThatARowHasTwiceAreKnownByTheirSums() {
    List<String> lines = linesOfRowOff(new Counts(2, 0, 0, 2 * 100 + 10 * (4 + 16)));
    int at = lines.indexOf("  By their sums, these are in its row twice:");
    assertEquals(List.of("    0:42 " + id(2), "    0:44 " + id(4)), lines.subList(at + 1, at + 3));
  }

  @Test
  void theLastEventsOfAPartitionAreAGroupTooAndThoseOfTwoPartitionsAreNone() {
    List<String> lines = linesOfRowOff(new Counts(-3, 0, 0, -(3 * 100 + 10 * (9 + 25 + 49))));
    int at = lines.indexOf("  By their sums, these are not in its row:");
    assertEquals(
        List.of("    1:43 " + id(3), "    1:45 " + id(5), "    1:47 " + id(7)),
        lines.subList(at + 1, at + 4));
    // The last one of the first partition, and the first one of the other.
    assertTrue(
        linesOfRowOff(new Counts(-2, 0, 0, -(2 * 100 + 10 * (36 + 1))))
            .contains("  No 2 of its events side by side add up to that difference."));
  }

  @Test
  void aWindowWithoutRowMissesAllOfIt() {
    Counts must = raw.windows().get(CELL);
    assertTrue(look.lines(must, null, sent).contains("  and has no row."));
  }

  @Test
  void whatFitsNoGroupIsSaid() {
    assertTrue(
        linesOfRowOff(new Counts(-1, 0, 0, -1))
            .contains("  None of its events is that difference."));
  }

  @Test
  void whatTheSenderHasSentAndIsNotThereIsToldByItsPlaceInTheRun() {
    CloseLook gaps = new CloseLook(CELL);
    RawCount other = new RawCount(codec, Set.of(), Map.of());
    other.lookBy(gaps);
    for (int index : new int[] {1, 3, 6}) {
      RequestEvent event =
          new RequestEvent(
              id(index),
              START + index,
              SERIES.service(),
              SERIES.route(),
              "GET",
              200,
              OptionalLong.empty(),
              1);
      other.add(new Place(0, index), codec.encode(event));
    }
    sent.addUnknown("loadgen-http", EventKey.of("loadgen-http", 4));
    Counts must = other.windows().get(CELL);
    List<String> lines = gaps.lines(must, new Row(must, 0, 0, true), sent);
    assertTrue(
        lines.stream().anyMatch(line -> line.endsWith("by their places in its run: 0, 2, 5")),
        lines + "");
    assertFalse(lines.stream().anyMatch(line -> line.contains("It must have")), lines + "");
  }
}
