package dev.millrace.processor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/// How much of the changelog has still to be read before tasks can work. Thread-safe.
///
/// Streams restores in threads of their own. One that dies does not tell that it has ended, so what
/// it had begun is passed over: whoever takes its tasks begins anew.
final class RestoreProgress implements StateRestoreListener {
  /// @param restorer the thread that reads
  /// @param end offset after the last record
  private record Part(Thread restorer, long end, long left) {}

  private final Map<TopicPartition, Part> parts = new ConcurrentHashMap<>();

  /// Offsets still to be passed, of all tasks; fewer records than that, if there were transactions.
  long left() {
    return alive().mapToLong(Part::left).sum();
  }

  /// Tasks that wait for their windows.
  int tasks() {
    return (int) alive().count();
  }

  private Stream<Part> alive() {
    return parts.values().stream().filter(part -> part.restorer.isAlive());
  }

  @Override
  public void onRestoreStart(TopicPartition changelog, String store, long start, long end) {
    parts.put(changelog, new Part(Thread.currentThread(), end, Math.max(0, end - start)));
  }

  @Override
  public void onBatchRestored(TopicPartition changelog, String store, long last, long records) {
    parts.computeIfPresent(
        changelog,
        (_, part) -> new Part(part.restorer, part.end, Math.max(0, part.end - last - 1)));
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
