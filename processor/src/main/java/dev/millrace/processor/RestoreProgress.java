package dev.millrace.processor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/// How much of the changelog has still to be read before tasks can work. Thread-safe.
final class RestoreProgress implements StateRestoreListener {
  /// @param end offset after the last record
  private record Part(long end, long left) {}

  private final Map<TopicPartition, Part> parts = new ConcurrentHashMap<>();

  /// Offsets still to be passed, of all tasks; fewer records than that, if there were transactions.
  long left() {
    return parts.values().stream().mapToLong(Part::left).sum();
  }

  /// Tasks that wait for their windows.
  int tasks() {
    return parts.size();
  }

  @Override
  public void onRestoreStart(TopicPartition changelog, String store, long start, long end) {
    parts.put(changelog, new Part(end, Math.max(0, end - start)));
  }

  @Override
  public void onBatchRestored(TopicPartition changelog, String store, long last, long records) {
    parts.computeIfPresent(
        changelog, (_, part) -> new Part(part.end, Math.max(0, part.end - last - 1)));
  }

  @Override
  public void onRestoreEnd(TopicPartition changelog, String store, long total) {
    parts.remove(changelog);
  }

  @Override
  public void onRestoreSuspended(TopicPartition changelog, String store, long total) {
    parts.remove(changelog);
  }
}
