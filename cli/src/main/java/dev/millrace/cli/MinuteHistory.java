package dev.millrace.cli;

import dev.millrace.events.WindowSummary;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// How many requests each series had in each of the last seconds. Not thread-safe.
final class MinuteHistory {
  /// How many seconds are kept.
  static final int SECONDS = 60;

  private static final long SECOND_MS = 1_000;
  private static final String LEVELS = "▁▂▃▄▅▆▇█";

  /// One more than is shown, so that those ahead overwrite none that are shown.
  private static final int SLOTS = SECONDS + 4;

  private static final class Ring {
    private final long[] seconds = new long[SLOTS];
    private final long[] requests = new long[SLOTS];
    private long newest;
  }

  private final Map<String, Ring> series = new HashMap<>();
  private long newest;

  /// The second in which series were last forgotten that have nothing left to show.
  private long forgotten;

  /// Takes a row of one second; a later one of the same second holds.
  void add(WindowSummary row) {
    long second = Math.floorDiv(row.windowStart(), SECOND_MS);
    Ring ring = series.computeIfAbsent(row.series().key(), _ -> new Ring());
    int slot = Math.floorMod(second, SLOTS);
    if (second >= ring.seconds[slot]) {
      ring.seconds[slot] = second;
      ring.requests[slot] = row.requests();
      ring.newest = Math.max(ring.newest, second);
    }
    newest = Math.max(newest, second);
    if (newest >= forgotten + SECONDS) {
      forgotten = newest;
      // Twice as long as is shown: a screen that is held shows an older minute for a while.
      series.values().removeIf(old -> old.newest < newest - 2 * SECONDS);
    }
  }

  /// How many series it knows.
  int size() {
    return series.size();
  }

  /// The last minute as a line of bars, the highest of them the busiest part of that minute. A
  /// space is a part without a request.
  ///
  /// @param lastStartMs start of the last window to show
  /// @param columns how many bars, which divides 60
  String sparkline(String key, long lastStartMs, int columns) {
    Ring ring = series.get(key);
    if (ring == null) {
      return " ".repeat(columns);
    }
    long[] bars = new long[columns];
    long last = Math.floorDiv(lastStartMs, SECOND_MS);
    for (int i = 0; i < SECONDS; i++) {
      long second = last - SECONDS + 1 + i;
      int slot = Math.floorMod(second, SLOTS);
      if (ring.seconds[slot] == second) {
        bars[i * columns / SECONDS] += ring.requests[slot];
      }
    }
    long highest = Arrays.stream(bars).max().orElse(0);
    StringBuilder line = new StringBuilder();
    for (long bar : bars) {
      line.append(
          bar == 0
              ? ' '
              : LEVELS.charAt((int) Math.ceil((double) bar * LEVELS.length() / highest) - 1));
    }
    return line.toString();
  }
}
