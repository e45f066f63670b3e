package dev.millrace.sink;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Remembers what was counted of the newest windows, so that of a row that comes again, with a
/// higher revision, only what is new in it is counted. Not thread-safe.
final class CountedWindows {
  private record Key(long start, Series series) {}

  private record Counted(int revision, ByteBuffer counts) {}

  private final Map<Key, Counted> windows = new LinkedHashMap<>();
  private final int limit;

  /// @param limit how many to remember; a window takes some 300 bytes
  CountedWindows(int limit) {
    this.limit = limit;
  }

  /// What a row says that was not counted yet.
  ///
  /// @return empty if that cannot be told: the row is of a window that is forgotten or was counted
  ///   before the start, or it has less than the row before it, and a counter never falls
  Optional<SeriesCounts> newIn(WindowSummary row) {
    Key key = new Key(row.windowStart(), row.series());
    Counted before = windows.get(key);
    if (before == null ? row.revision() > 0 : row.revision() < before.revision()) {
      return Optional.empty();
    }
    SeriesCounts counts = SeriesCounts.of(row);
    ByteBuffer packed = counts.pack();
    if (before != null && !counts.remove(SeriesCounts.unpack(before.counts()))) {
      return Optional.empty();
    }
    windows.put(key, new Counted(row.revision(), packed));
    if (windows.size() > limit) {
      windows.remove(windows.keySet().iterator().next());
    }
    return Optional.of(counts);
  }
}
