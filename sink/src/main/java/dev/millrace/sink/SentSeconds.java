package dev.millrace.sink;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.Series;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/// All that several ledgers say was sent, by second and series, with the rollups that follow from
/// it, and which of it is the whole truth.
///
/// A ledger without totals belongs to a run that was killed. Its lines hold, but it is silent about
/// what was not settled yet, and of its last second some lines may be missing. So a second is
/// settled if every ledger is complete, or has it and went on to another one.
final class SentSeconds {
  private final NavigableMap<Long, Map<Series, SentCell>> seconds = new TreeMap<>();
  private final List<Set<Long>> settledByIncomplete = new ArrayList<>();
  private final int ledgers;
  private long requests;

  SentSeconds(List<LedgerFile> files) {
    ledgers = files.size();
    for (LedgerFile file : files) {
      file.entries().forEach(this::add);
      if (file.totals().isEmpty()) {
        settledByIncomplete.add(settledSeconds(file));
      }
    }
  }

  private void add(LedgerEntry entry) {
    requests += entry.requests();
    Map<Series, SentCell> cells = seconds.computeIfAbsent(entry.second(), _ -> new HashMap<>());
    for (Series series : List.of(entry.series(), entry.series().ofService(), Series.TOTAL)) {
      cells.computeIfAbsent(series, _ -> new SentCell()).add(entry);
    }
  }

  private static Set<Long> settledSeconds(LedgerFile file) {
    Set<Long> settled = new HashSet<>();
    file.entries().forEach(entry -> settled.add(entry.second()));
    if (!file.entries().isEmpty()) {
      settled.remove(file.entries().getLast().second());
    }
    return settled;
  }

  /// Acknowledged requests of all ledgers.
  long requests() {
    return requests;
  }

  boolean isIncomplete() {
    return !settledByIncomplete.isEmpty();
  }

  /// What was sent, oldest second first.
  NavigableMap<Long, Map<Series, SentCell>> seconds() {
    return seconds;
  }

  /// Whether the ledgers know of everything that was sent in this second.
  boolean isSettled(long second) {
    return settledByIncomplete.stream().allMatch(settled -> settled.contains(second));
  }

  /// Whether a cell's figures are all that was sent, and not only a part of it. A line holds even
  /// if its second is not settled, but only a line of each ledger says it all, and a rollup may
  /// lack whole series.
  boolean isWhole(long second, Series series, SentCell cell) {
    return isSettled(second) || (!series.isRollup() && cell.lines == ledgers);
  }
}
