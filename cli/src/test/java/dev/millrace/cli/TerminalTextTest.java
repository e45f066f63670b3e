package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u001b[31m",
        "\u009b2J",
        "\u001b]0;title\u0007",
        "\b\b",
        "a\nb",
        "a\rb",
        "\u202eabc",
        "\u2066",
        "\u200b",
        "\u2028",
        "\ud800",
        "\u007f",
        "\ufeff"
      })
  void whatATerminalWouldObeyIsWrittenOut(String text) {
    String visible = TerminalText.visible(text);
    assertTrue(visible.startsWith("\\") || visible.startsWith("a\\"), visible);
    assertTrue(
        visible
            .codePoints()
            .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT),
        visible);
  }

  @Test
  void nothingIsLeftToObeyWhateverComes() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(8); n >= 0; n--) {
        text.appendCodePoint(random.nextInt(random.nextBoolean() ? 0x300 : 0x110000));
      }
      String visible = TerminalText.visible(text.toString());
      assertTrue(visible.codePoints().noneMatch(Character::isISOControl), visible);
      int width = TerminalText.width(visible);
      int columns = random.nextInt(12);
      assertTrue(TerminalText.width(TerminalText.cut(visible, columns)) <= columns, visible);
      assertEquals(
          Math.max(width, columns), TerminalText.width(TerminalText.left(visible, columns)));
    }
  }

  @ParameterizedTest
  @CsvSource({"checkout, 8", "商店, 4", "é, 1", "e\u0301, 1", "🚀, 2", "'', 0"})
  void widthIsThatOfTheScreen(String text, int width) {
    assertEquals(width, TerminalText.width(text));
  }

  @ParameterizedTest
  @CsvSource({"checkout, 8, checkout", "checkout, 5, chec…", "商店街, 4, 商…", "ab, 1, …", "ab, 0, ''"})
  void whatIsTooLongIsCut(String text, int columns, String expected) {
    assertEquals(expected, TerminalText.cut(text, columns));
  }
}
