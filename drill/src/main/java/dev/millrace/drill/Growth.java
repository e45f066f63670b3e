package dev.millrace.drill;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/// What a part holds, looked at in the calm before the first fault, in the one after each, and at
/// the end. Compared are the first and the last look at the part, whether or not it is the same
/// process: does a new one find more to hold? And the first and the last look at each process: what
/// a process hoards is given back when it is killed. One of which each look finds more than the one
/// before is given only half of the room.
///
/// @param part its name
/// @param usages in order of time
record Growth(String part, List<Usage> usages) {
  /// Threads that come and go with connections and rebalances.
  static final int MORE_THREADS = 20;

  /// Connections, segments of topics and state.
  static final int MORE_DESCRIPTORS = 200;

  /// Windows that were not there yet, caches that fill.
  static final double HEAP_FACTOR = 1.5;

  static final long MORE_HEAP_BYTES = 48 << 20;

  /// So many looks that all go up are no accident.
  static final int STEADY_LOOKS = 5;

  private static final List<Holding> HOLDINGS =
      List.of(
          new Holding("threads", Usage::threads, 1, MORE_THREADS, 1),
          new Holding("descriptors", Usage::descriptors, 1, MORE_DESCRIPTORS, 1),
          new Holding("MiB of live heap", Usage::heapBytes, HEAP_FACTOR, MORE_HEAP_BYTES, 1 << 20));

  Growth {
    usages = List.copyOf(usages);
  }

  /// @param factor and
  /// @param more how far it may grow
  /// @param unit in which it is told
  private record Holding(
      String what, ToLongFunction<Usage> amount, double factor, long more, long unit) {
    /// @param room 1 for all of it
    boolean isTooMuch(List<Usage> looks, double room) {
      long first = amount.applyAsLong(looks.getFirst());
      return amount.applyAsLong(looks.getLast()) > first * (1 + (factor - 1) * room) + more * room;
    }

    boolean isSteady(List<Usage> looks) {
      for (int i = 1; i < looks.size(); i++) {
        if (amount.applyAsLong(looks.get(i)) <= amount.applyAsLong(looks.get(i - 1))) {
          return false;
        }
      }
      return looks.size() >= STEADY_LOOKS;
    }

    String tell(List<Usage> looks) {
      return looks.stream()
          .map(look -> String.format(Locale.ROOT, "%,d", amount.applyAsLong(look) / unit))
          .collect(Collectors.joining(", ", "", " " + what));
    }
  }

  /// What has grown beyond its bound, in words; empty if nothing has.
  List<String> excesses() {
    List<String> excesses = new ArrayList<>();
    Map<Long, List<Usage>> processes =
        usages.stream()
            .collect(Collectors.groupingBy(Usage::pid, LinkedHashMap::new, Collectors.toList()));
    for (Holding holding : HOLDINGS) {
      processes.forEach((pid, looks) -> {
        boolean steady = holding.isSteady(looks);
        if (holding.isTooMuch(looks, steady ? 0.5 : 1)) {
          excesses.add(
              part
                  + ", process "
                  + pid
                  + ": "
                  + holding.tell(looks)
                  + (steady ? ", more at each look" : ""));
        }
      });
      if (processes.size() > 1 && holding.isTooMuch(usages, 1)) {
        excesses.add(
            part
                + ", of which "
                + processes.size()
                + " processes were looked at: "
                + holding.tell(usages));
      }
    }
    return excesses;
  }

  /// How many processes were looked at more than once.
  static long processes(List<Growth> all) {
    return all.stream()
        .flatMap(growth ->
            growth.usages().stream()
                .collect(Collectors.groupingBy(Usage::pid, Collectors.counting()))
                .values()
                .stream())
        .filter(looks -> looks > 1)
        .count();
  }
}
