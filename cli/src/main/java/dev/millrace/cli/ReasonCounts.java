package dev.millrace.cli;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Dead letters counted by the kind of their reason. Not thread-safe.
final class ReasonCounts {
  /// Reasons quote what they refuse, so there may be as many as letters.
  private static final int MOST = 10_000;

  private static final String OTHERS = "(other reasons)";

  /// One kind.
  ///
  /// @param replayed how many of the letters were sent again
  /// @param newest what the newest letter is called
  record Count(
      String reason, long letters, long replayed, Instant first, Instant last, String newest) {
    private Count and(DeadLetter letter, boolean again) {
      Instant time = letter.time();
      boolean later = !time.isBefore(last);
      return new Count(
          reason,
          letters + 1,
          replayed + (again ? 1 : 0),
          time.isBefore(first) ? time : first,
          later ? time : last,
          later ? letter.id() : newest);
    }
  }

  private final Map<String, Count> counts = new HashMap<>();

  /// @param replayed whether it was sent again
  void add(DeadLetter letter, boolean replayed) {
    String kind = DeadLetter.kind(letter.reason());
    String key = counts.containsKey(kind) || counts.size() < MOST ? kind : OTHERS;
    Count none = new Count(key, 0, 0, letter.time(), letter.time(), letter.id());
    counts.put(key, counts.getOrDefault(key, none).and(letter, replayed));
  }

  List<Count> mostFrequentFirst() {
    return counts.values().stream()
        .sorted(Comparator.comparingLong(Count::letters).reversed().thenComparing(Count::reason))
        .toList();
  }
}
