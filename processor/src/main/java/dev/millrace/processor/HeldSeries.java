package dev.millrace.processor;

/// A series as [CombineProcessor] knows it: its key, and what it has counted since the last commit.
final class HeldSeries {
  /// One window of the series.
  static final class Window extends WindowAggregate {
    long start;
    Window older;
  }

  /// How many windows' memory is kept for the next ones.
  private static final int SPARES = 2;

  /// UTF-8 of `service|route`.
  final byte[] key;

  /// Length of the service's name within the key.
  final int serviceLength;

  /// The series that this one adds up to; null for the total.
  final HeldSeries rollup;

  final int hash;

  /// When it last had events, epoch milliseconds.
  long lastSeen;

  // Newest first. Events are nearly in order, so the way to their window is short.
  private Window newest;
  private Window spare;
  private int spares;

  HeldSeries(byte[] key, int serviceLength, int hash, HeldSeries rollup) {
    this.key = key;
    this.serviceLength = serviceLength;
    this.hash = hash;
    this.rollup = rollup;
  }

  /// The newest window that holds events; null if there is none.
  Window newest() {
    return newest;
  }

  /// The window with this start if it holds events already, else null.
  Window find(long start) {
    Window window = newest;
    while (window != null && window.start > start) {
      window = window.older;
    }
    return window != null && window.start == start ? window : null;
  }

  /// Opens the window with this start, which [#find] has not found.
  Window open(long start) {
    Window opened = spare;
    if (opened == null) {
      opened = new Window();
    } else {
      spare = opened.older;
      spares--;
    }
    opened.start = start;
    if (newest == null || newest.start < start) {
      opened.older = newest;
      newest = opened;
    } else {
      Window newer = newest;
      while (newer.older != null && newer.older.start > start) {
        newer = newer.older;
      }
      opened.older = newer.older;
      newer.older = opened;
    }
    return opened;
  }

  /// Forgets what it holds.
  void release() {
    while (newest != null) {
      Window released = newest;
      newest = released.older;
      if (spares < SPARES) {
        released.clear();
        released.older = spare;
        spare = released;
        spares++;
      }
    }
  }
}
