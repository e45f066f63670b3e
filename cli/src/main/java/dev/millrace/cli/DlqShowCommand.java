package dev.millrace.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.common.header.Header;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Shows one dead letter, all of it.
@Command(
    name = "show",
    description = "Show a dead letter: its headers, and its value as text or in hexadecimal.",
    footer = {
      "",
      "Examples:",
      "  millrace dlq show 0-17",
      "  millrace dlq show 0-17 --raw > event.json     # mend it, then",
      "  millrace dlq replay 0-17 --value event.json"
    })
final class DlqShowCommand implements Callable<Integer> {
  private static final int HEX_LINE = 16;

  @Mixin private KafkaOptions kafka;

  @Parameters(
      paramLabel = "LETTER",
      converter = LetterRange.Converter.class,
      description = "PARTITION-OFFSET as 'dlq list' shows it, such as 0-17.")
  private LetterRange which;

  @Option(names = "--raw", description = "Write the bytes of its value, and nothing else.")
  private boolean raw;

  @Option(names = "--json", description = "Write it as a line of JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  private DeadLetter found;

  @Override
  public Integer call() throws Exception {
    if (!which.isOne()) {
      throw new IllegalArgumentException(
          "'show' shows one letter; 'dlq list' with the same argument lists them");
    }
    if (raw && json) {
      throw new IllegalArgumentException("--raw and --json: give one of them");
    }
    try (DeadLetterQueue queue =
        new DeadLetterQueue(kafka.bootstrapServers(), kafka.reachableSettings())) {
      queue.read(LetterSelection.of(which), this::take);
      if (found == null) {
        throw new UserException(
            "there is no dead letter "
                + which.partition()
                + "-"
                + which.from()
                + ": it is too old to be kept, is not written yet, or nothing but the mark of a"
                + " transaction; 'millrace dlq list' shows those that are there");
      }
      if (raw) {
        writeRaw(found.value());
        return 0;
      }
      queue.readNotes();
      queue.badNote().ifPresent(bad -> spec.commandLine().getErr().println("warning: " + bad));
      boolean replayed = queue.replayed().contains(found);
      if (json) {
        spec.commandLine().getOut().println(LetterJson.line(found, replayed));
      } else {
        print(found, replayed);
      }
    }
    return 0;
  }

  private boolean take(DeadLetter letter) {
    found = letter;
    return false;
  }

  private static void writeRaw(byte[] value) throws IOException {
    if (value == null) {
      throw new UserException("it has no value, not even an empty one");
    }
    // Past the writer of text: these are bytes.
    System.out.write(value);
    System.out.flush();
  }

  private void print(DeadLetter letter, boolean replayed) {
    PrintWriter out = spec.commandLine().getOut();
    out.println("letter      " + letter.id() + (replayed ? "  (replayed)" : ""));
    out.println("dead since  " + letter.time());
    out.println("from        " + TerminalText.visible(letter.origin()));
    out.println("reason      " + TerminalText.visible(letter.reason()));
    if (letter.isCutOff()) {
      out.println(
          "cut off     what follows is its beginning; it had a "
              + TerminalText.visible(letter.error("truncated").orElseThrow()));
    }
    for (Header header : letter.record().headers()) {
      out.println(
          "header      " + TerminalText.visible(header.key()) + ": " + inLine(header.value()));
    }
    letter
        .error("stacktrace")
        .ifPresent(trace -> {
          out.println("stack trace");
          trace.lines().forEach(line -> out.println("  " + TerminalText.visible(line)));
        });
    out.println("key         " + inLine(letter.record().key()));
    byte[] value = letter.value();
    if (value == null) {
      out.println("value       none");
      return;
    }
    Optional<String> text = DeadLetter.text(value);
    out.println(
        "value       "
            + Units.count(value.length)
            + (text.isPresent() ? " bytes of text" : " bytes that are no text in UTF-8"));
    if (text.isPresent()) {
      text.get().lines().forEach(line -> out.println(TerminalText.visible(line)));
    } else {
      hex(value, out);
    }
  }

  private static String inLine(byte[] bytes) {
    return bytes == null
        ? "none"
        : DeadLetter.text(bytes)
            .map(TerminalText::visible)
            .orElseGet(() -> HexFormat.of().formatHex(bytes) + " (hexadecimal)");
  }

  /// As `hexdump -C` does it.
  private static void hex(byte[] value, PrintWriter out) {
    HexFormat pairs = HexFormat.ofDelimiter(" ");
    for (int from = 0; from < value.length; from += HEX_LINE) {
      int to = Math.min(value.length, from + HEX_LINE);
      StringBuilder text = new StringBuilder();
      for (int i = from; i < to; i++) {
        text.append(value[i] >= ' ' && value[i] <= '~' ? (char) value[i] : '.');
      }
      out.println(
          String.format(
              Locale.ROOT, "%08x  %-47s  |%s|", from, pairs.formatHex(value, from, to), text));
    }
  }
}
