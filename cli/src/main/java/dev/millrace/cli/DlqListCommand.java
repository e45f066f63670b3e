package dev.millrace.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Lists dead letters, or counts them by reason.
@Command(
    name = "list",
    description = "List dead letters, newest first, or count them by reason.",
    footer = {
      "",
      "Examples:",
      "  millrace dlq list --limit 10",
      "  millrace dlq list --by-reason --from -1d",
      "  millrace dlq list --reason 'is missing' --limit 100000 --json | jq -r .value"
    })
final class DlqListCommand implements Callable<Integer> {
  /// Of a value that may have a mebibyte: what a column of the table has room for, and some.
  private static final int SHOWN_BYTES = 256;

  private static final Comparator<DeadLetter> OLDEST_FIRST =
      Comparator.<DeadLetter>comparingLong(letter -> letter.record().timestamp())
          .thenComparingInt(letter -> letter.record().partition())
          .thenComparingLong(letter -> letter.record().offset());

  @Mixin private KafkaOptions kafka;
  @Mixin private LetterSelection selection;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Most letters, or reasons, to show: the newest, or the most frequent. Default: ${DEFAULT-VALUE}")
  private int limit;

  @Option(
      names = "--by-reason",
      description = "Count them by reason, without the figures and words that it quotes.")
  private boolean byReason;

  @Option(
      names = "--json",
      description =
          "A line of JSON for each, with the whole value: value if it is text, else value_base64.")
  private boolean json;

  @Spec private CommandSpec spec;

  private long matched;

  @Override
  public Integer call() throws Exception {
    if (limit < 1) {
      throw new IllegalArgumentException("--limit " + limit + ": must be at least 1");
    }
    selection.check(Clock.systemUTC().instant());
    try (DeadLetterQueue queue =
        new DeadLetterQueue(kafka.bootstrapServers(), kafka.reachableSettings())) {
      queue.readNotes();
      queue.badNote().ifPresent(bad -> spec.commandLine().getErr().println("warning: " + bad));
      if (byReason) {
        count(queue);
      } else {
        list(queue);
      }
    }
    return 0;
  }

  private void list(DeadLetterQueue queue) {
    PriorityQueue<DeadLetter> newest = new PriorityQueue<>(OLDEST_FIRST);
    queue.read(
        selection,
        letter -> {
          matched++;
          newest.add(letter);
          if (newest.size() > limit) {
            newest.poll();
          }
          return true;
        });
    List<DeadLetter> letters = new ArrayList<>(newest);
    letters.sort(OLDEST_FIRST.reversed());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      letters.forEach(
          letter -> out.println(LetterJson.line(letter, queue.replayed().contains(letter))));
      return;
    }
    List<List<Object>> rows = new ArrayList<>();
    for (DeadLetter letter : letters) {
      rows.add(
          List.of(
              letter.id(),
              letter.time().toString(),
              state(queue, letter),
              letter.origin(),
              letter.reason(),
              start(letter.value())));
    }
    print(List.of("letter", "dead since", "state", "from", "reason", "value"), rows);
    if (matched > letters.size()) {
      out.println(
          "and "
              + Units.count(matched - letters.size())
              + " older ones; --limit shows more, --by-reason counts them");
    }
    if (matched == 0) {
      out.println("no dead letters" + (queue.size() == 0 ? "" : " of that kind"));
    }
  }

  private static String state(DeadLetterQueue queue, DeadLetter letter) {
    List<String> states = new ArrayList<>();
    if (queue.replayed().contains(letter)) {
      states.add("replayed");
    }
    if (letter.isCutOff()) {
      states.add("cut off");
    }
    return String.join(", ", states);
  }

  private static String start(byte[] value) {
    if (value == null) {
      return "(none)";
    }
    // One that ends in the middle of a character is still text.
    byte[] start = value.length <= SHOWN_BYTES ? value : Arrays.copyOf(value, SHOWN_BYTES);
    return new String(start, StandardCharsets.UTF_8);
  }

  private void count(DeadLetterQueue queue) {
    ReasonCounts counts = new ReasonCounts();
    queue.read(
        selection,
        letter -> {
          matched++;
          counts.add(letter, queue.replayed().contains(letter));
          return true;
        });
    List<ReasonCounts.Count> all = counts.mostFrequentFirst();
    PrintWriter out = spec.commandLine().getOut();
    List<ReasonCounts.Count> shown = all.subList(0, Math.min(limit, all.size()));
    if (json) {
      shown.forEach(count -> out.println(LetterJson.line(count)));
      return;
    }
    List<List<Object>> rows = new ArrayList<>();
    for (ReasonCounts.Count count : shown) {
      rows.add(
          List.of(
              count.letters(),
              count.replayed(),
              count.first().toString(),
              count.last().toString(),
              count.newest(),
              count.reason()));
    }
    print(List.of("letters", "replayed", "first", "last", "newest letter", "reason"), rows);
    out.println(
        Units.count(matched)
            + " dead letters"
            + (all.size() > limit
                ? ", and " + Units.count(all.size() - limit) + " more reasons; --limit shows them"
                : ""));
  }

  private void print(List<String> names, List<List<Object>> rows) {
    if (rows.isEmpty()) {
      return;
    }
    TextTable table = new TextTable(names, rows);
    PrintWriter out = spec.commandLine().getOut();
    out.println(table.header());
    out.println(table.rule());
    rows.forEach(row -> out.println(table.line(row)));
  }
}
