package dev.millrace.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What is to become, or has become, of the selected dead letters, counted. Not thread-safe.
final class ReplayCounts {
  private static final int REASONS_SHOWN = 5;
  private static final int REASONS_KEPT = 1_000;

  private final Map<LetterCheck.Fate, Long> fates = new EnumMap<>(LetterCheck.Fate.class);
  private final Map<String, Long> reasons = new HashMap<>();
  private final List<String> refused = new ArrayList<>();
  private final Set<String> named = new HashSet<>();
  private long newest = Long.MIN_VALUE;
  private long late;

  private final long newestBefore;
  private final long lateAfterMillis;

  /// @param newestBefore time of the newest event that is there without the letters, in epoch
  ///   milliseconds; [Long#MIN_VALUE] if there is none
  /// @param lateAfterMillis an event is late if it is older than one before it by more
  ReplayCounts(long newestBefore, long lateAfterMillis) {
    this.newestBefore = newestBefore;
    this.lateAfterMillis = lateAfterMillis;
  }

  /// @param isNamed whether somebody has named this letter, and wants to know if it is not sent
  void add(DeadLetter letter, LetterCheck.Verdict verdict, boolean isNamed) {
    fates.merge(verdict.fate(), 1L, Long::sum);
    if (isNamed) {
      named.add(letter.id());
    }
    if (verdict.fate() == LetterCheck.Fate.READY) {
      // What is sent makes late what is sent after it.
      newest = Math.max(newest, Math.max(newestBefore, verdict.time()));
      late += verdict.time() < newest - lateAfterMillis ? 1 : 0;
      return;
    }
    if (verdict.fate() == LetterCheck.Fate.BAD) {
      String kind = DeadLetter.kind(verdict.why());
      reasons.merge(
          reasons.containsKey(kind) || reasons.size() < REASONS_KEPT ? kind : "(other reasons)",
          1L,
          Long::sum);
    }
    if (isNamed) {
      refused.add(letter.id() + ": " + verdict.why());
    }
  }

  /// All were looked at: those of these names that were not seen are refused.
  void missing(List<LetterRange> names) {
    for (LetterRange name : names) {
      String id = name.partition() + "-" + name.from();
      if (name.isOne() && !named.contains(id)) {
        refused.add(
            id
                + ": there is no such dead letter, or it is not one that --from, --to and --reason"
                + " select");
      }
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

  /// Of those to be sent, events that the processor may find too late.
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
