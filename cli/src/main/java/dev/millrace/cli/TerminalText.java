package dev.millrace.cli;

import org.jline.utils.WCWidth;

/// Text of others on a terminal: names come from whoever sends events, and a terminal obeys what it
/// is sent. Nothing in them may move the cursor, change the colours, or turn the writing round.
final class TerminalText {
  private static final String CUT = "…";

  private TerminalText() {}

  /// The text with everything that is not to be seen written out, such as `\u001b` for an escape.
  static String visible(String text) {
    if (text.codePoints().noneMatch(TerminalText::isHidden)) {
      return text;
    }
    StringBuilder visible = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          if (!isHidden(c)) {
            visible.appendCodePoint(c);
          } else {
            visible.append(
                switch (c) {
                  case '\n' -> "\\n";
                  case '\r' -> "\\r";
                  case '\t' -> "\\t";
                  default -> c < 0x10000 ? "\\u%04x".formatted(c) : "\\u{%x}".formatted(c);
                });
          }
        });
    return visible.toString();
  }

  /// Whether a character is not to be seen, but does something.
  static boolean isHidden(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }

  /// How many columns visible text takes: two for a Chinese character, none for an accent.
  static int width(String text) {
    return text.codePoints().map(c -> Math.max(0, WCWidth.wcwidth(c))).sum();
  }

  /// As much of visible text as goes into so many columns; where something is cut off, it says so.
  static String cut(String text, int columns) {
    if (width(text) <= columns) {
      return text;
    }
    StringBuilder cut = new StringBuilder();
    int left = columns - 1;
    for (int c : text.codePoints().toArray()) {
      left -= Math.max(0, WCWidth.wcwidth(c));
      if (left < 0) {
        break;
      }
      cut.appendCodePoint(c);
    }
    return columns < 1 ? "" : cut + CUT;
  }

  /// Fills up with spaces behind it.
  static String left(String text, int columns) {
    return text + " ".repeat(Math.max(0, columns - width(text)));
  }

  /// Fills up with spaces before it.
  static String right(String text, int columns) {
    return " ".repeat(Math.max(0, columns - width(text))) + text;
  }
}
