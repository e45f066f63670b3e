package dev.millrace.cli;

import java.util.ArrayList;
import java.util.List;

/// Lines with columns, as wide as the widest of some cells. Numbers stand on the right. Text of
/// others is made visible on its way in.
final class TextTable {
  /// A histogram would make a line of a thousand characters.
  private static final int WIDEST = 60;

  private static final String GAP = "  ";

  private final List<String> names;
  private final int[] widths;
  private final boolean[] numeric;

  /// @param names of the columns
  /// @param sample rows to take widths and sides from; others may follow
  TextTable(List<String> names, List<List<Object>> sample) {
    this.names = names;
    widths = new int[names.size()];
    numeric = new boolean[names.size()];
    for (int column = 0; column < names.size(); column++) {
      int widest = TerminalText.width(cell(names.get(column)));
      boolean numbers = false;
      boolean texts = false;
      for (List<Object> row : sample) {
        Object value = row.get(column);
        widest = Math.max(widest, TerminalText.width(cell(value)));
        numbers |= value instanceof Number;
        texts |= value instanceof String;
      }
      widths[column] = widest;
      numeric[column] = numbers && !texts;
    }
  }

  /// Says that these columns stand on the right although they are no bare numbers.
  TextTable rightFrom(int first) {
    for (int column = first; column < numeric.length; column++) {
      numeric[column] = true;
    }
    return this;
  }

  /// The names of the columns.
  String header() {
    return line(new ArrayList<Object>(names));
  }

  /// What stands under them.
  String rule() {
    List<String> parts = new ArrayList<>();
    for (int width : widths) {
      parts.add("─".repeat(width));
    }
    return String.join(GAP, parts);
  }

  /// One row.
  String line(List<?> row) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = cell(row.get(column));
      line.append(column == 0 ? "" : GAP)
          .append(
              numeric[column]
                  ? TerminalText.right(cell, widths[column])
                  : TerminalText.left(cell, widths[column]));
    }
    return line.toString().stripTrailing();
  }

  private static String cell(Object value) {
    String text =
        switch (value) {
          case null -> "NULL";
          case Double number -> Units.rounded(number);
          default -> value.toString();
        };
    return TerminalText.cut(TerminalText.visible(text), WIDEST);
  }
}
