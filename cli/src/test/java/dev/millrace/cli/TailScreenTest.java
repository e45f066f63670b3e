package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// On a terminal of JLine's that is none of the system's.
@Timeout(60)
class TailScreenTest {
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

  private static Terminal terminal(PipedOutputStream keyboard) throws IOException {
    return TerminalBuilder.builder()
        .system(false)
        .streams(new PipedInputStream(keyboard), new ByteArrayOutputStream())
        .encoding(StandardCharsets.UTF_8)
        .type("xterm")
        .size(Size.of(90, 30))
        .build();
  }

  @Test
  void takesTheScreenAndGivesItBack() throws IOException {
    try (PipedOutputStream keyboard = new PipedOutputStream()) {
      Terminal terminal = terminal(keyboard);
      try (TailScreen screen = new TailScreen(terminal, shown)) {
        assertEquals(90, screen.width());
        assertEquals(30, screen.height());
        Attributes raw = terminal.getAttributes();
        assertTrue(!raw.getLocalFlag(Attributes.LocalFlag.ECHO));
        screen.show(List.of("one", "two"));
      }
    }
    String text = shown.toString(StandardCharsets.UTF_8);
    assertTrue(text.startsWith("\u001b[?1049h"), text);
    assertTrue(text.contains("\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J"), text);
    assertTrue(text.endsWith("\u001b[?25h\u001b[?1049l"), text);
  }

  @Test
  void keysAreToldApart() throws Exception {
    try (PipedOutputStream keyboard = new PipedOutputStream();
        TailScreen screen = new TailScreen(terminal(keyboard), shown)) {
      keyboard.write(
          "r/ü🚀\r\u007f\u0003\u001b[A\u001bOB\u001b[5~\u001b[6~\u001b[H\u001b[4~\u001b[1;5C\u001b[3~"
              .getBytes(StandardCharsets.UTF_8));
      keyboard.flush();
      List<Key> keys = new ArrayList<>();
      while (keys.size() < 14) {
        screen.key().ifPresent(keys::add);
      }
      assertEquals(
          List.of(
              Key.of('r'),
              Key.of('/'),
              Key.of('ü'),
              Key.of("🚀".codePointAt(0)),
              Key.of(Key.Name.ENTER),
              Key.of(Key.Name.BACKSPACE),
              Key.of(Key.Name.INTERRUPT),
              Key.of(Key.Name.UP),
              Key.of(Key.Name.DOWN),
              Key.of(Key.Name.PAGE_UP),
              Key.of(Key.Name.PAGE_DOWN),
              Key.of(Key.Name.HOME),
              Key.of(Key.Name.END),
              Key.of(Key.Name.OTHER)),
          keys);
      Optional<Key> last = screen.key();
      while (last.isEmpty()) {
        last = screen.key();
      }
      assertEquals(Key.of(Key.Name.OTHER), last.get());
      keyboard.write(27);
      keyboard.flush();
      Optional<Key> escape = screen.key();
      while (escape.isEmpty()) {
        escape = screen.key();
      }
      assertEquals(Key.of(Key.Name.ESCAPE), escape.get());
    }
  }
}
