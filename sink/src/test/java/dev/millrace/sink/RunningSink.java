package dev.millrace.sink;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/// A sink with a store of its own, as in a process of its own.
record RunningSink(WindowStore store, SinkRunner runner) implements AutoCloseable {
  /// Starts one on a topic, whose name is its group's too.
  ///
  /// @param store closed with the sink
  /// @param kafka settings of its consumer
  /// @param keep how long rows are kept; empty for ever
  static RunningSink start(
      WindowTopic topic, WindowStore store, Map<String, String> kafka, Optional<Duration> keep) {
    SinkConfig config =
        new SinkConfig(topic.bootstrapServers(), List.of(topic.name()), topic.name(), kafka, keep);
    RunningSink sink = new RunningSink(store, new SinkRunner(config, store));
    sink.runner().start();
    return sink;
  }

  /// Waits until the sinks have everything between them.
  static void awaitAllRead(WindowTopic topic, RunningSink... sinks) {
    Await.until(
        "all is read",
        () -> {
          Map<TopicPartition, Long> positions = new HashMap<>();
          for (RunningSink sink : sinks) {
            positions.putAll(sink.runner().positions());
          }
          return topic.isReadBy(positions);
        });
  }

  @Override
  public void close() {
    runner.close();
    store.close();
  }
}
