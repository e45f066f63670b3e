package dev.millrace.cli;

import dev.millrace.events.WindowSummary;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The newest row of every series, of windows that have had time to become whole: a row of the
/// second that is going on would show half of its requests. Not thread-safe.
final class NewestWindows {
  /// How far behind the newest window one is taken for whole: three commits and some.
  static final long SETTLE_MS = 2_000;

  /// A series that was quiet for longer is not shown.
  private static final long KEPT_MS = 10_000;

  private final TreeMap<Long, Map<String, WindowSummary>> windows = new TreeMap<>();

  /// @param now epoch milliseconds; what is ahead of it, by a clock that is wrong, does not count
  ///   as the newest
  void add(WindowSummary row, long now) {
    windows
        .computeIfAbsent(row.windowStart(), start -> new HashMap<>())
        .put(row.series().key(), row);
    windows.headMap(Math.min(windows.lastKey(), now) - KEPT_MS).clear();
  }

  /// The rows to show, most requests first.
  ///
  /// @param now epoch milliseconds; once the newest window is old, nothing will be added to it, and
  ///   it is shown too
  List<WindowSummary> rows(long now) {
    Map<String, WindowSummary> newest = new HashMap<>();
    if (!windows.isEmpty()) {
      long last = Math.min(windows.lastKey(), now);
      boolean quiet = now - last > 2 * SETTLE_MS;
      windows
          .headMap(quiet ? last : last - SETTLE_MS, true)
          .descendingMap()
          .values()
          .forEach(window -> window.forEach(newest::putIfAbsent));
    }
    return newest.values().stream()
        .sorted(
            Comparator.comparingLong(WindowSummary::requests)
                .reversed()
                .thenComparing(row -> row.series().key()))
        .toList();
  }
}
