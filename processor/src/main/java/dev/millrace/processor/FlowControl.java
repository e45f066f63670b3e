package dev.millrace.processor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.streams.processor.TaskId;

/// Holds back partitions that are far ahead of the others, while merge has many windows. They could
/// not be published yet, and would have to be forgotten before the slower partitions have come to
/// them. While a backlog is read, partitions drift apart without end: one of them may have a thread
/// of its own, and another one share it.
///
/// One for all threads of a process. Thread-safe.
final class FlowControl {
  /// Setting that holds it.
  static final String SETTING = "millrace.flow.control";

  /// How far ahead of the slowest partition another one may be under pressure.
  private static final long LEAD_MS = 10_000;

  private final Map<Integer, Long> newest = new ConcurrentHashMap<>();
  private final Map<TaskId, Long> slowest = new ConcurrentHashMap<>();

  /// A combine task says how far its partition is.
  void report(int partition, long newestEvent) {
    newest.put(partition, newestEvent);
  }

  /// A merge task has many windows.
  ///
  /// @param closed how far the slowest partition is
  void press(TaskId task, long closed) {
    slowest.put(task, closed);
  }

  /// A merge task has room, or is gone.
  void release(TaskId task) {
    slowest.remove(task);
  }

  /// Whether a partition of `requests` should not be read on now.
  boolean holdsBack(int partition) {
    long at = newest.getOrDefault(partition, Long.MIN_VALUE);
    return slowest.values().stream().anyMatch(bound -> at > bound + LEAD_MS);
  }
}
