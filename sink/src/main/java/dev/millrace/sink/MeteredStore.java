package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// A store that shows [WindowMetrics] each row that it has written, once it has.
public final class MeteredStore implements WindowStore {
  private final WindowStore store;
  private final WindowMetrics metrics;

  /// @param store where the rows go; closed with this
  public MeteredStore(WindowStore store, WindowMetrics metrics) {
    this.store = store;
    this.metrics = metrics;
  }

  @Override
  public void bindTo(String clusterId) {
    store.bindTo(clusterId);
  }

  @Override
  public void bindTo(String topic, String topicId) {
    store.bindTo(topic, topicId);
  }

  @Override
  public Map<TopicPartition, Long> offsets() {
    return store.offsets();
  }

  @Override
  public int write(List<WindowSummary> rows, List<OffsetAdvance> advances) {
    int written = store.write(rows, advances);
    metrics.add(rows);
    return written;
  }

  @Override
  public void close() {
    store.close();
  }
}
