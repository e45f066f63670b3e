package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.DurationStats;
import dev.millrace.events.WindowSummary;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TailViewTest {
  private static final long NOW = 1_795_255_200_000L;

  private final MinuteHistory history = new MinuteHistory();
  private final TailView view = new TailView(TailOrder.RATE, "");
  private final List<WindowSummary> rows = new ArrayList<>();

  private void add(
      long start, String service, String route, long requests, long errors, double p99) {
    WindowSummary row =
        new WindowSummary(
            start,
            1000,
            service,
            route,
            requests,
            errors,
            0,
            0,
            requests,
            p99 == 0 ? null : new DurationStats(requests, 1, 2, 3, 4, p99, p99, p99),
            null,
            0,
            0,
            true);
    history.add(row);
    rows.removeIf(old -> old.series().equals(row.series()));
    rows.add(row);
  }

  private void three() {
    add(NOW, "cart", "/a", 100, 1, 5_000);
    add(NOW, "shop", "/b", 50, 9, 7_000);
    add(NOW, "auth", "/c", 10, 0, 0);
  }

  private List<String> lines(int width, int height) {
    return view.lines(rows, history, width, height, NOW + 1500);
  }

  /// The series in their order.
  private List<String> series() {
    return lines(100, 20).stream()
        .skip(3)
        .filter(line -> line.contains("/"))
        .filter(line -> !line.contains("filter"))
        .map(TailViewTest::firstWord)
        .toList();
  }

  private static String firstWord(String line) {
    return line.substring(0, line.indexOf(' '));
  }

  private boolean type(String text) {
    return text.codePoints().allMatch(c -> view.press(Key.of(c)));
  }

  @Test
  void keysSort() {
    three();
    assertEquals(List.of("cart", "shop", "auth"), series());
    type("e");
    assertEquals(List.of("shop", "cart", "auth"), series());
    assertTrue(lines(100, 20).get(2).contains("▼errors"));
    type("p");
    assertEquals(List.of("shop", "cart", "auth"), series());
    type("r");
    assertEquals(List.of("cart", "shop", "auth"), series());
  }

  @Test
  void keysFilterWhileTheyAreTyped() {
    three();
    type("/sHx");
    view.press(Key.of(Key.Name.BACKSPACE));
    assertEquals(List.of("shop"), series());
    assertTrue(lines(100, 20).get(1).startsWith("filter: sH"), lines(100, 20).get(1));
    view.press(Key.of(Key.Name.ENTER));
    assertEquals(List.of("shop"), series());
    assertTrue(lines(100, 20).get(1).contains("with 'sH'"));
    type("/zzz");
    view.press(Key.of(Key.Name.ESCAPE));
    assertEquals(List.of("shop"), series());
    view.press(Key.of(Key.Name.ESCAPE));
    assertEquals(3, series().size());
  }

  @Test
  void lettersOfAFilterAreNoCommands() {
    assertTrue(type("/qer"));
    view.press(Key.of(Key.Name.ENTER));
    assertFalse(type("q"));
  }

  @Test
  void spaceHolds() {
    type(" ");
    assertTrue(view.isHeld());
    three();
    assertTrue(lines(100, 20).get(1).contains("HELD"));
    type(" ");
    assertFalse(view.isHeld());
  }

  @Test
  void scrollsAndStopsAtBothEnds() {
    for (int i = 0; i < 30; i++) {
      add(NOW, "s%02d".formatted(i), "/", 100 - i, 0, 1);
    }
    assertEquals("s00", firstWord(lines(100, 14).get(3)));
    view.press(Key.of(Key.Name.PAGE_DOWN));
    assertEquals("s10", firstWord(lines(100, 14).get(3)));
    view.press(Key.of(Key.Name.DOWN));
    assertEquals("s11", firstWord(lines(100, 14).get(3)));
    view.press(Key.of(Key.Name.END));
    assertEquals("s20", firstWord(lines(100, 14).get(3)));
    view.press(Key.of(Key.Name.HOME));
    view.press(Key.of(Key.Name.UP));
    assertEquals("s00", firstWord(lines(100, 14).get(3)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 20, 46, 74, 80, 120, 300})
  void noLineIsWiderThanTheScreenNorAreThereMore(int width) {
    three();
    add(NOW, "商店".repeat(20), "/" + "x".repeat(300), 7, 0, 1e12);
    for (int height : new int[] {1, 2, 5, 40}) {
      List<String> lines = lines(width, height);
      assertTrue(lines.size() <= height);
      lines.forEach(line -> {
        String bare = line.replace("\u001b[7m", "").replace("\u001b[m", "");
        assertFalse(bare.contains("\u001b"), bare);
        assertTrue(TerminalText.width(bare) <= width, width + " columns: " + bare);
      });
    }
  }

  @Test
  void columnsStandUnderEachOtherWhateverTheNames() {
    three();
    add(NOW, "商店", "/d", 7, 0, 1_000);
    List<String> lines = lines(80, 20);
    for (String line : lines.subList(3, 7)) {
      assertTrue(TerminalText.width(line) > 66, line);
      // Where p99 ends.
      assertTrue(line.contains("ms  ") || line.contains("-  "), line);
    }
  }

  @Test
  void hostileNamesAreWrittenOut() {
    add(NOW, "\u001b[2J\u202e", "\r\n", 7, 0, 1);
    assertTrue(lines(100, 20).get(3).startsWith("\\u001b[2J\\u202e \\r\\n"), lines(100, 20).get(3));
  }

  @Test
  void aSeriesThatHasGoneQuietHasNothing() {
    three();
    add(NOW + 5000, "cart", "/a", 1, 0, 5_000);
    assertEquals(List.of("cart", "auth", "shop"), series());
    assertTrue(lines(100, 20).get(4).matches("auth /c .* 0 +0 +0 +- +-.*"), lines(100, 20).get(4));
  }

  @Test
  void nothingYetIsSaid() {
    assertEquals("millrace tail: no windows yet", lines(80, 24).getFirst());
  }

  @Test
  void sparklineIsTheLastMinute() {
    for (int i = 0; i < 60; i++) {
      add(NOW + i * 1000L, "a", "/", i < 20 ? 1 : i < 40 ? 4 : 8, 0, 0);
    }
    assertEquals("▁▄█", history.sparkline("a|/", NOW + 59_000, 3));
    assertEquals("▄█ ", history.sparkline("a|/", NOW + 79_000, 3));
    assertEquals("   ", history.sparkline("b|/", NOW + 79_000, 3));
    // A revision of a second holds in place of it.
    add(NOW + 59_000, "a", "/", 16, 0, 0);
    assertEquals("█", history.sparkline("a|/", NOW + 59_000, 60).substring(59));
    assertEquals(1, history.size());
    add(NOW + 500_000, "b", "/", 1, 0, 0);
    assertEquals(1, history.size());
    assertEquals("   ", history.sparkline("a|/", NOW + 59_000, 3));
  }
}
