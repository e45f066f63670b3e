package dev.millrace.cli;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import dev.millrace.loadgen.Quantity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The series of a tail as lines of a terminal, as the keys have them. Knows nothing of terminals
/// but their size. Not thread-safe.
final class TailView {
  /// What is left of a screen when head, names of columns and foot are there.
  private static final int OTHER_LINES = 4;

  private static final int NAME_LEAST = 16;
  private static final int FIGURES_WIDTH = 45;
  private static final int[] SPARKLINES = {60, 30, 20, 12};
  private static final String REVERSE = "\u001b[7m";
  private static final String PLAIN = "\u001b[m";
  private static final String KEYS =
      "r rate  e errors  p p99  / filter  space hold  ↑↓ PgUp PgDn  q quit";

  private TailOrder order;
  private String filter;

  /// What is being typed as the next filter; null if nothing is.
  private String draft;

  private boolean held;
  private int first;
  private int page = 1;
  private int shown;

  TailView(TailOrder order, String filter) {
    this.order = order;
    this.filter = filter;
  }

  /// Whether the figures are to stay as they are.
  boolean isHeld() {
    return held;
  }

  /// Those that are to be seen, in their order.
  static List<WindowSummary> chosen(List<WindowSummary> rows, TailOrder order, String filter) {
    return rows.stream().filter(row -> matches(row, filter)).sorted(order.comparator()).toList();
  }

  /// Whether a text is in what is shown of service and route, in capitals or not.
  static boolean matches(WindowSummary row, String filter) {
    return filter.isEmpty()
        || name(row).toLowerCase(Locale.ROOT).contains(filter.toLowerCase(Locale.ROOT));
  }

  /// Service and route, as they are shown.
  static String name(WindowSummary row) {
    return TerminalText.visible(row.service() + " " + row.route());
  }

  /// Does what a key says.
  ///
  /// @return whether to go on
  boolean press(Key key) {
    if (draft != null) {
      type(key);
      return true;
    }
    switch (key.name()) {
      case UP -> scroll(-1);
      case DOWN -> scroll(1);
      case PAGE_UP -> scroll(-page);
      case PAGE_DOWN -> scroll(page);
      case HOME -> scroll(-shown);
      case END -> scroll(shown);
      case ESCAPE -> search("");
      case CHARACTER -> {
        return press(key.character());
      }
      default -> {}
    }
    return true;
  }

  private boolean press(int character) {
    switch (character) {
      case 'q', 'Q' -> {
        return false;
      }
      case 'r', 'R' -> sort(TailOrder.RATE);
      case 'e', 'E' -> sort(TailOrder.ERRORS);
      case 'p', 'P' -> sort(TailOrder.P99);
      case '/' -> draft = "";
      case ' ' -> held = !held;
      case 'k' -> scroll(-1);
      case 'j' -> scroll(1);
      default -> {}
    }
    return true;
  }

  private void type(Key key) {
    switch (key.name()) {
      case ENTER -> {
        search(draft);
        draft = null;
      }
      case ESCAPE -> draft = null;
      case BACKSPACE ->
          draft =
              draft.isEmpty()
                  ? ""
                  : draft.substring(0, draft.offsetByCodePoints(draft.length(), -1));
      case CHARACTER -> draft += Character.toString(key.character());
      default -> {}
    }
  }

  private void search(String text) {
    filter = text;
    first = 0;
  }

  private void sort(TailOrder by) {
    order = by;
    first = 0;
  }

  private void scroll(int lines) {
    first = Math.clamp(first + lines, 0, Math.max(0, shown - page));
  }

  /// The screen.
  ///
  /// @param rows the newest of every series
  /// @param now epoch milliseconds
  /// @return as many lines as are high, or fewer, each no wider than the screen
  List<String> lines(
      List<WindowSummary> rows, MinuteHistory history, int width, int height, long now) {
    long newest = rows.stream().mapToLong(WindowSummary::windowStart).max().orElse(0);
    List<WindowSummary> current = rows.stream().map(row -> at(newest, row)).toList();
    List<WindowSummary> chosen = chosen(current, order, draft == null ? filter : draft);
    shown = chosen.size();
    page = Math.max(1, height - OTHER_LINES);
    scroll(0);
    int sparkline = sparkline(width);
    int nameWidth = Math.max(1, width - FIGURES_WIDTH - (sparkline == 0 ? 0 : sparkline + 2));
    List<String> lines = new ArrayList<>();
    lines.add(TerminalText.cut(head(current, newest, now), width));
    lines.add(TerminalText.cut(choice(rows.size()), width));
    lines.add(
        REVERSE
            + TerminalText.left(TerminalText.cut(names(nameWidth, sparkline), width), width)
            + PLAIN);
    chosen.stream()
        .skip(first)
        .limit(page)
        .map(row -> line(row, nameWidth, sparkline, newest, history))
        .forEach(line -> lines.add(TerminalText.cut(line, width)));
    lines.add(TerminalText.cut(draft == null ? KEYS : "Enter filters  Esc gives up", width));
    return lines.subList(0, Math.min(lines.size(), Math.max(1, height)));
  }

  /// Rows of one window come from several tasks, not all at once. A series whose newest row is
  /// older than that can explain had nothing.
  private static WindowSummary at(long newest, WindowSummary row) {
    return row.windowStart() >= newest - NewestWindows.SETTLE_MS
        ? row
        : new WindowSummary(
            newest,
            row.windowSizeMs(),
            row.service(),
            row.route(),
            0,
            0,
            0,
            0,
            0,
            null,
            null,
            0,
            row.revision(),
            row.isFinal());
  }

  private static int sparkline(int width) {
    for (int columns : SPARKLINES) {
      if (width >= FIGURES_WIDTH + NAME_LEAST + 2 + columns) {
        return columns;
      }
    }
    return 0;
  }

  private static String head(List<WindowSummary> rows, long newest, long now) {
    if (rows.isEmpty()) {
      return "millrace tail: no windows yet";
    }
    WindowSummary total =
        rows.stream().filter(row -> row.series().equals(Series.TOTAL)).findFirst().orElse(null);
    return String.format(
        Locale.ROOT,
        "millrace tail: %s, %.1f s ago%s",
        Instant.ofEpochMilli(newest),
        Math.max(0, now - newest) / 1e3,
        total == null
            ? ""
            : String.format(
                Locale.ROOT, ", %,.0f requests/s, %,d errors", total.ratePerS(), total.errors()));
  }

  private String choice(int all) {
    if (draft != null) {
      return "filter: " + TerminalText.visible(draft) + "▏";
    }
    return String.format(
        Locale.ROOT,
        "%,d of %,d series by %s%s%s",
        shown,
        all,
        order,
        filter.isEmpty() ? "" : ", with '" + TerminalText.visible(filter) + "' (Esc: all)",
        held ? ", HELD" : "");
  }

  private String names(int nameWidth, int sparkline) {
    return TerminalText.left("service route", nameWidth)
        + figures(
            mark("req/s", TailOrder.RATE),
            mark("errors", TailOrder.ERRORS),
            "4xx",
            "p50",
            mark("p99", TailOrder.P99))
        + (sparkline == 0 ? "" : "  last minute");
  }

  private String mark(String name, TailOrder by) {
    return order == by ? "▼" + name : name;
  }

  private static String line(
      WindowSummary row, int nameWidth, int sparkline, long newest, MinuteHistory history) {
    String name = TerminalText.left(TerminalText.cut(name(row), nameWidth), nameWidth);
    return name
        + figures(
            String.format(Locale.ROOT, "%,.0f", row.ratePerS()),
            Units.count(row.errors()),
            Units.count(row.clientErrors()),
            row.durationUs() == null ? "-" : Quantity.micros(row.durationUs().p50()),
            row.durationUs() == null ? "-" : Quantity.micros(row.durationUs().p99()))
        + (sparkline == 0 ? "" : "  " + history.sparkline(row.series().key(), newest, sparkline));
  }

  private static String figures(
      String rate, String errors, String clientErrors, String p50, String p99) {
    return TerminalText.right(rate, 10)
        + TerminalText.right(errors, 8)
        + TerminalText.right(clientErrors, 7)
        + TerminalText.right(p50, 10)
        + TerminalText.right(p99, 10);
  }
}
