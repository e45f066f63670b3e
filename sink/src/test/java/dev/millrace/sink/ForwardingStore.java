package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// A store that a test may get in the way of.
abstract class ForwardingStore implements WindowStore {
  private final WindowStore store;

  ForwardingStore(WindowStore store) {
    this.store = store;
  }

  /// Before each call, whichever it is.
  void before() {}

  void beforeWrite() throws InterruptedException {}

  List<WindowSummary> rows(List<WindowSummary> rows) {
    return rows;
  }

  @Override
  public void bindTo(String clusterId) {
    before();
    store.bindTo(clusterId);
  }

  @Override
  public void bindTo(String topic, String topicId) {
    before();
    store.bindTo(topic, topicId);
  }

  @Override
  public Map<TopicPartition, Long> offsets() {
    before();
    return store.offsets();
  }

  @Override
  public int write(List<WindowSummary> rows, List<OffsetAdvance> advances) {
    before();
    try {
      beforeWrite();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return store.write(rows(rows), advances);
  }

  @Override
  public int deleteBefore(long startMs, int limit) {
    before();
    return store.deleteBefore(startMs, limit);
  }

  @Override
  public void tidy() {
    store.tidy();
  }

  @Override
  public void close() {
    store.close();
  }
}
