package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.events.WindowSummary;
import java.util.List;
import org.junit.jupiter.api.Test;

class NewestWindowsTest {
  private static final long AHEAD = 300_000;

  private final NewestWindows windows = new NewestWindows();

  @Test
  void showsTheNewestWindowThatIsWhole() {
    add(5_000, "a", 3);
    add(6_000, "a", 4);
    add(6_000, "b", 9);
    add(8_000, "a", 1);
    assertEquals(List.of("6000 b 9", "6000 a 4"), shown(8_500));
  }

  @Test
  void showsTheNewestWindowOnceNothingMoreComes() {
    add(6_000, "a", 4);
    add(8_000, "a", 1);
    assertEquals(List.of("8000 a 1"), shown(60_000));
  }

  @Test
  void aLaterRowOfAWindowReplacesTheEarlierOne() {
    add(6_000, "a", 4);
    add(6_000, "a", 5);
    assertEquals(List.of("6000 a 5"), shown(60_000));
  }

  @Test
  void seriesThatWereQuietForLongAreNotShown() {
    add(6_000, "old", 4);
    add(60_000, "a", 5);
    assertEquals(List.of("60000 a 5"), shown(90_000));
  }

  @Test
  void aClockThatIsAheadDoesNotBlankTheRest() {
    add(6_000, "a", 4);
    add(AHEAD, "ahead", 1);
    assertEquals(List.of("6000 a 4"), shown(8_500));
  }

  @Test
  void hasNothingBeforeTheFirstRow() {
    assertEquals(List.of(), shown(0));
  }

  private void add(long start, String service, long requests) {
    windows.add(
        new WindowSummary(
            start, 1_000, service, "/", requests, 0, 0, 0, requests, null, null, 0, 0, false),
        start < AHEAD ? start : 8_500);
  }

  private List<String> shown(long now) {
    return windows.rows(now).stream()
        .map(row -> row.windowStart() + " " + row.service() + " " + row.requests())
        .toList();
  }
}
