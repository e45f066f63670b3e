package dev.millrace.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What is to become, or has become, of the selected dead letters, counted. Not thread-safe.
final class ReplayCounts {
  private static final int REASONS_SHOWN = 5;
  private static final int REASONS_KEPT = 1_000;

  private final Map<LetterCheck.Fate, Long> fates = new EnumMap<>(LetterCheck.Fate.class);
  private final Map<String, Long> reasons = new HashMap<>();
  private final List<String> refused = new ArrayList<>();
  private long late;

  /// @param named whether somebody has named this letter, and wants to know if it is not sent
  /// @param isLate whether the processor will find the event too late
  void add(DeadLetter letter, LetterCheck.Verdict verdict, boolean named, boolean isLate) {
    fates.merge(verdict.fate(), 1L, Long::sum);
    if (verdict.fate() == LetterCheck.Fate.READY) {
      late += isLate ? 1 : 0;
      return;
    }
    if (verdict.fate() == LetterCheck.Fate.BAD) {
      String kind = DeadLetter.kind(verdict.why());
      reasons.merge(
          reasons.containsKey(kind) || reasons.size() < REASONS_KEPT ? kind : "(other reasons)",
          1L,
          Long::sum);
    }
    if (named) {
      refused.add(letter.id() + ": " + verdict.why());
    }
  }

  long count(LetterCheck.Fate fate) {
    return fates.getOrDefault(fate, 0L);
  }

  /// Letters to be sent.
  long ready() {
    return count(LetterCheck.Fate.READY);
  }

  long selected() {
    return fates.values().stream().mapToLong(Long::longValue).sum();
  }

  /// Of those to be sent, events that the processor will find too late.
  long late() {
    return late;
  }

  /// Letters that were named and are not to be sent, and why.
  List<String> refused() {
    return refused;
  }

  /// A line for each fate that occurs, and the reasons of those that are still no events.
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("%12s  dead letters selected".formatted(Units.count(selected())));
    for (LetterCheck.Fate fate : LetterCheck.Fate.values()) {
      if (count(fate) > 0 || fate == LetterCheck.Fate.READY) {
        lines.add("%12s  %s".formatted(Units.count(count(fate)), fate.text()));
      }
    }
    reasons.entrySet().stream()
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(REASONS_SHOWN)
        .forEach(reason ->
            lines.add(
                "%14s%12s  %s"
                    .formatted(
                        "",
                        Units.count(reason.getValue()),
                        TerminalText.cut(TerminalText.visible(reason.getKey()), 100))));
    if (reasons.size() > REASONS_SHOWN) {
      lines.add(
          "%28s%s".formatted("", "and " + (reasons.size() - REASONS_SHOWN) + " more reasons"));
    }
    return lines;
  }
}
