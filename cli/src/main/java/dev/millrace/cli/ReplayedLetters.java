package dev.millrace.cli;

import dev.millrace.events.ReplayNote;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/// Which dead letters have been sent again. Not thread-safe.
final class ReplayedLetters {
  /// By partition, runs of offsets: the first to the last.
  private final Map<Integer, TreeMap<Long, Long>> runs = new HashMap<>();

  /// Takes in what a note says.
  void add(ReplayNote note) {
    note.letters().forEach(letters -> add(letters.partition(), letters.from(), letters.to()));
  }

  private void add(int partition, long from, long to) {
    TreeMap<Long, Long> known = runs.computeIfAbsent(partition, none -> new TreeMap<>());
    long first = from;
    long last = to;
    Map.Entry<Long, Long> before = known.floorEntry(from);
    if (before != null && before.getValue() >= from - 1) {
      first = before.getKey();
      last = Math.max(last, before.getValue());
    }
    for (Map.Entry<Long, Long> after = known.ceilingEntry(first);
        after != null && after.getKey() <= last + 1;
        after = known.ceilingEntry(first)) {
      last = Math.max(last, after.getValue());
      known.remove(after.getKey());
    }
    known.put(first, last);
  }

  boolean contains(DeadLetter letter) {
    TreeMap<Long, Long> known = runs.get(letter.record().partition());
    Map.Entry<Long, Long> run = known == null ? null : known.floorEntry(letter.record().offset());
    return run != null && run.getValue() >= letter.record().offset();
  }
}
