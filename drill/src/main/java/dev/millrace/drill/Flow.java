package dev.millrace.drill;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// What was broken, and what went through the pipeline meanwhile.
///
/// @param faults in order of time
/// @param sights of windows that were whole
record Flow(List<Happened> faults, List<FlowWatch.Sight> sights) {
  /// A window may have events that are older than others, and begins before them.
  private static final long APART_MS = 2_000;

  /// A fault, as it was.
  ///
  /// @param fromMs when it began, epoch milliseconds
  /// @param endMs when it ended
  /// @param untilMs when the next one began
  /// @param effect how much it has broken, in whatever it breaks; 0 is no fault
  record Happened(Schedule.Step step, long fromMs, long endMs, long untilMs, long effect) {
    @Override
    public String toString() {
      return step.fault() + (step.target().isEmpty() ? "" : " of " + step.target());
    }
  }

  /// How long after a fault's end a window that began after that was whole, milliseconds; empty if
  /// none was before the next fault.
  OptionalLong recoveryMs(Happened fault) {
    return sights.stream()
        .filter(sight -> sight.windowStart() >= fault.endMs())
        .filter(sight -> sight.seenAt() < fault.untilMs())
        .mapToLong(sight -> sight.seenAt() - fault.endMs())
        .findFirst();
  }

  /// Faults after which nothing came back.
  List<String> lasting() {
    return faults.stream()
        .filter(fault -> recoveryMs(fault).isEmpty())
        .map(fault ->
            "after "
                + fault
                + ", no window with events of both ways was whole before the next fault or the end")
        .toList();
  }

  /// Faults that broke nothing.
  List<String> idle() {
    return faults.stream()
        .filter(fault -> fault.effect() == 0)
        .map(fault -> fault + " has broken nothing")
        .toList();
  }

  /// Ways by which nothing was sent before the first fault, or after the last one.
  List<String> silent(Map<Cell, Sent.Fates> sent) {
    List<String> silent = new ArrayList<>();
    if (faults.isEmpty()) {
      return silent;
    }
    for (String sender : Pipeline.LOADS) {
      long first = faults.getFirst().fromMs();
      long last = faults.getLast().endMs();
      List<Cell> acknowledged =
          sent.entrySet().stream()
              .filter(cell -> cell.getValue().acknowledged().requests() > 0)
              .map(Map.Entry::getKey)
              .filter(cell -> cell.series().service().startsWith(sender + "-"))
              .toList();
      if (acknowledged.stream().noneMatch(cell -> cell.start() + APART_MS <= first)) {
        silent.add("nothing of " + sender + " was acknowledged before the first fault");
      }
      if (acknowledged.stream().noneMatch(cell -> cell.start() >= last)) {
        silent.add("nothing of " + sender + " was acknowledged after the last fault");
      }
    }
    return silent;
  }
}
