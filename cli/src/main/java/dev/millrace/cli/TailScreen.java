package dev.millrace.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.NonBlockingReader;

/// A whole terminal: its other screen, and each key as it is pressed, Ctrl-C too. Closing gives it
/// back as it was. Not thread-safe.
final class TailScreen implements AutoCloseable {
  private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
  private static final String LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
  private static final String HOME = "\u001b[H";
  private static final String CLEAR_LINE = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";

  /// Where a terminal does not say how large it is.
  private static final int USUAL_WIDTH = 80;

  private static final int USUAL_HEIGHT = 24;

  /// Within this time, what follows an escape is part of the same key.
  private static final long SAME_KEY_MS = 30;

  private static final int CTRL_C = 3;
  private static final int ESCAPE = 27;
  private static final int DELETE = 127;

  private final Terminal terminal;
  private final PrintStream out;
  private final NonBlockingReader keys;

  /// Takes the terminal over.
  ///
  /// @param out where the terminal shows what is written. Not its own stream: a signal closes that,
  ///   and what brings the shell's screen back must still get out
  TailScreen(Terminal terminal, OutputStream out) {
    this.terminal = terminal;
    this.out = new PrintStream(out, false, StandardCharsets.UTF_8);
    terminal.enterRawMode();
    keys = terminal.reader();
    // Ctrl-Z would leave the shell in a raw terminal on the other screen. And of Ctrl-C as a signal
    // the terminal would hear before we do.
    Attributes raw = terminal.getAttributes();
    raw.setControlChar(ControlChar.VSUSP, 0);
    raw.setControlChar(ControlChar.VINTR, 0);
    terminal.setAttributes(raw);
    print(ENTER);
  }

  /// The terminal that the process was started from.
  ///
  /// @return empty if it is none that can do this
  static Optional<TailScreen> open() throws IOException {
    Terminal terminal =
        TerminalBuilder.builder()
            .system(true)
            .encoding(StandardCharsets.UTF_8)
            // The JVM's own handlers are what ends the process in order.
            .nativeSignals(false)
            // Or it asks the terminal for it, and waits for an answer that many do not give.
            .graphemeCluster(false)
            .build();
    if (terminal.getType().startsWith(Terminal.TYPE_DUMB)) {
      terminal.close();
      return Optional.empty();
    }
    return Optional.of(new TailScreen(terminal, new FileOutputStream(FileDescriptor.out)));
  }

  /// Columns.
  int width() {
    int width = terminal.getSize().getColumns();
    return width > 0 ? width : USUAL_WIDTH;
  }

  /// Lines.
  int height() {
    int height = terminal.getSize().getRows();
    return height > 0 ? height : USUAL_HEIGHT;
  }

  /// Shows lines in place of what is there, in one piece, so that nothing flickers.
  void show(List<String> lines) {
    StringBuilder screen = new StringBuilder(HOME);
    for (int i = 0; i < lines.size(); i++) {
      screen.append(i == 0 ? "" : "\r\n").append(lines.get(i)).append(CLEAR_LINE);
    }
    print(screen.append(CLEAR_BELOW).toString());
  }

  private void print(String text) {
    out.print(text);
    out.flush();
  }

  /// The next key that was pressed; empty if there is none.
  Optional<Key> key() throws IOException {
    int first = read(1);
    if (first < 0) {
      return Optional.empty();
    }
    return Optional.of(
        switch (first) {
          case ESCAPE -> sequence();
          case CTRL_C -> Key.of(Key.Name.INTERRUPT);
          case '\r', '\n' -> Key.of(Key.Name.ENTER);
          case '\b', DELETE -> Key.of(Key.Name.BACKSPACE);
          default -> character(first);
        });
  }

  /// What follows an escape: `[A`, `OA`, `[5~`, or nothing if it was that key itself.
  private Key sequence() throws IOException {
    int kind = read(SAME_KEY_MS);
    if (kind < 0) {
      return Key.of(Key.Name.ESCAPE);
    }
    if (kind != '[' && kind != 'O') {
      return Key.of(Key.Name.OTHER);
    }
    StringBuilder number = new StringBuilder();
    int c = read(SAME_KEY_MS);
    while (c >= 0 && (Character.isDigit(c) || c == ';')) {
      number.append((char) c);
      c = read(SAME_KEY_MS);
    }
    return Key.of(
        switch (c) {
          case 'A' -> Key.Name.UP;
          case 'B' -> Key.Name.DOWN;
          case 'H' -> Key.Name.HOME;
          case 'F' -> Key.Name.END;
          case '~' ->
              switch (number.toString()) {
                case "1", "7" -> Key.Name.HOME;
                case "4", "8" -> Key.Name.END;
                case "5" -> Key.Name.PAGE_UP;
                case "6" -> Key.Name.PAGE_DOWN;
                default -> Key.Name.OTHER;
              };
          default -> Key.Name.OTHER;
        });
  }

  private Key character(int first) throws IOException {
    int character = first;
    if (Character.isHighSurrogate((char) first)) {
      int low = read(SAME_KEY_MS);
      if (low < 0) {
        return Key.of(Key.Name.OTHER);
      }
      character = Character.toCodePoint((char) first, (char) low);
    }
    return Character.isISOControl(character) ? Key.of(Key.Name.OTHER) : Key.of(character);
  }

  private int read(long millis) throws IOException {
    return keys.read(millis);
  }

  @Override
  public void close() throws IOException {
    print(LEAVE);
    // Sets the attributes that it found.
    terminal.close();
  }
}
