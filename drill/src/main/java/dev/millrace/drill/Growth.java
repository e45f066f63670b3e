package dev.millrace.drill;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How much more a part holds after all faults than in the calm before the first one. A part that
/// was started again is compared with the one before it: that is not how a process grows, but
/// whether a new one finds more to hold.
///
/// @param part its name
/// @param before in the calm before the first fault
/// @param after when the load had ended
record Growth(String part, Usage before, Usage after) {
  /// Threads that come and go with connections and rebalances.
  static final int MORE_THREADS = 20;

  /// Connections, segments of topics and state.
  static final int MORE_DESCRIPTORS = 200;

  /// Windows that were not there yet, caches that fill.
  static final double HEAP_FACTOR = 1.5;

  static final long MORE_HEAP_BYTES = 48 << 20;

  /// What has grown beyond its bound, in words; empty if nothing has.
  List<String> excesses() {
    List<String> excesses = new ArrayList<>();
    if (after.threads() > before.threads() + MORE_THREADS) {
      excesses.add(part + " has " + after.threads() + " threads, had " + before.threads());
    }
    if (after.descriptors() > before.descriptors() + MORE_DESCRIPTORS) {
      excesses.add(
          part + " has " + after.descriptors() + " descriptors, had " + before.descriptors());
    }
    if (after.heapBytes() > before.heapBytes() * HEAP_FACTOR + MORE_HEAP_BYTES) {
      excesses.add(
          String.format(
              Locale.ROOT,
              "%s has %d MiB of live heap, had %d",
              part,
              after.heapBytes() >> 20,
              before.heapBytes() >> 20));
    }
    return excesses;
  }
}
