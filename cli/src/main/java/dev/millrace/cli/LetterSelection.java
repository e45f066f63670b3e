package dev.millrace.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which dead letters a command is about; without any of these, all.
final class LetterSelection {
  @Parameters(
      paramLabel = "LETTER",
      arity = "0..*",
      converter = LetterRange.Converter.class,
      description =
          "PARTITION-OFFSET as 'dlq list' shows it: 0-17, 0-17..25, or 0-17.. for all from there"
              + " on.")
  private List<LetterRange> letters = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description =
          "Only those that became dead letters then or later: -15m, 2026-11-21T10:00:00Z.")
  private String from;

  @Option(names = "--to", paramLabel = "TIME", description = "Only those before then.")
  private String to;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only those with this in their reason, in capitals or not.")
  private String reason = "";

  private Instant start = Instant.MIN;
  private Instant end = Instant.MAX;

  /// One letter.
  static LetterSelection of(LetterRange letter) {
    LetterSelection selection = new LetterSelection();
    selection.letters.add(letter);
    return selection;
  }

  /// Reads the times. To be called before anything else.
  ///
  /// @throws IllegalArgumentException with option, text and what would do
  void check(Instant now) {
    if (from != null) {
      start = PointInTime.parse("--from", from, now);
    }
    if (to != null) {
      end = PointInTime.parse("--to", to, now);
    }
    if (!start.isBefore(end)) {
      throw new IllegalArgumentException("--from must be before --to");
    }
  }

  /// What was named by partition and offset.
  List<LetterRange> letters() {
    return letters;
  }

  boolean matches(DeadLetter letter) {
    int partition = letter.record().partition();
    long offset = letter.record().offset();
    return (letters.isEmpty()
            || letters.stream().anyMatch(some -> some.contains(partition, offset)))
        && !letter.time().isBefore(start)
        && letter.time().isBefore(end)
        && letter.reason().toLowerCase(Locale.ROOT).contains(reason.toLowerCase(Locale.ROOT));
  }

  /// Whether a letter was named alone.
  boolean isNamed(DeadLetter letter) {
    return letters.stream()
        .anyMatch(some ->
            some.isOne() && some.contains(letter.record().partition(), letter.record().offset()));
  }

  /// Before this offset of a partition there is nothing selected.
  long first(int partition) {
    return letters.isEmpty()
        ? 0
        : letters.stream()
            .filter(some -> some.partition() == partition)
            .mapToLong(LetterRange::from)
            .min()
            .orElse(Long.MAX_VALUE);
  }

  /// Behind this offset of a partition there is nothing selected.
  long last(int partition) {
    return letters.isEmpty()
        ? Long.MAX_VALUE
        : letters.stream()
            .filter(some -> some.partition() == partition)
            .mapToLong(LetterRange::to)
            .max()
            .orElse(-1);
  }
}
