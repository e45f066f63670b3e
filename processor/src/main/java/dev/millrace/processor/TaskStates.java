package dev.millrace.processor;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// How far the tasks of one process were at their last commit. Each writes its own; thread-safe.
final class TaskStates {
  /// Of a combine task.
  ///
  /// @param watermark of its partition of `requests`, epoch milliseconds, or [SourceWatermark#NONE]
  /// @param idle whether the partition has had no event for a while
  /// @param series that it tells apart
  record Combine(long watermark, boolean idle, int series) {}

  /// Of a merge task.
  ///
  /// @param inMemory windows on the heap
  /// @param onDisk windows that wait on disk
  /// @param unheard partitions of `requests` of which it has never heard: nothing is published
  ///   before it has
  record Merge(int inMemory, int onDisk, int unheard) {}

  private final Map<Integer, Combine> combine = new ConcurrentHashMap<>();
  private final Map<Integer, Merge> merge = new ConcurrentHashMap<>();

  void tell(int partition, Combine state) {
    combine.put(partition, state);
  }

  void tell(int partition, Merge state) {
    merge.put(partition, state);
  }

  /// The combine task is no longer here.
  void combineEnded(int partition) {
    combine.remove(partition);
  }

  /// The merge task is no longer here.
  void mergeEnded(int partition) {
    merge.remove(partition);
  }

  /// By partition.
  Map<Integer, Combine> combine() {
    return new TreeMap<>(combine);
  }

  Collection<Merge> merge() {
    return merge.values();
  }
}
