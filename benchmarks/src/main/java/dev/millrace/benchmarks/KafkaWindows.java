package dev.millrace.benchmarks;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSummary;
import dev.millrace.sink.SinkConfig;
import dev.millrace.sink.SinkRunner;
import dev.millrace.sink.WindowStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Window rows on a topic of a broker in a process of its own, for sinks to read.
final class KafkaWindows implements AutoCloseable {
  private static final int PARTITIONS = 4;
  private static final long PATIENCE_NANOS = 120_000_000_000L;

  private final ChildProcess broker;
  private final String address;
  private final long rows;
  private int sinks;

  private KafkaWindows(ChildProcess broker, String address, long rows) {
    this.broker = broker;
    this.address = address;
    this.rows = rows;
  }

  /// Starts the broker and sends the rows.
  static KafkaWindows send(Path folder, List<WindowSummary> rows) {
    ChildProcess broker = BrokerProcess.start(folder);
    try {
      String address = broker.firstLine();
      try (Admin admin =
          Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address))) {
        new BenchTopics(admin, PARTITIONS).create(List.of(Topics.WINDOWS_1S));
      }
      Map<String, Object> settings =
          Map.of(
              ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
              address,
              ProducerConfig.LINGER_MS_CONFIG,
              50,
              ProducerConfig.COMPRESSION_TYPE_CONFIG,
              "lz4",
              ProducerConfig.BATCH_SIZE_CONFIG,
              256 * 1024);
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
        for (WindowSummary row : rows) {
          var _ =
              producer.send(
                  new ProducerRecord<>(
                      Topics.WINDOWS_1S,
                      row.series().key().getBytes(StandardCharsets.UTF_8),
                      JsonRecords.WINDOWS.encode(row)));
        }
      }
      return new KafkaWindows(broker, address, rows.size());
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  /// Has a sink write all of them into a store.
  ///
  /// @return rows a second, from the first transaction to the last
  double rowsPerS(WindowStore store, Stop stop) {
    SinkConfig config =
        new SinkConfig(
            address,
            List.of(Topics.WINDOWS_1S),
            "sink-bench-" + ++sinks,
            Map.of(),
            Optional.empty());
    try (SinkRunner sink = new SinkRunner(config, store)) {
      sink.start();
      long first = awaitWritten(sink, 1, stop);
      long begun = System.nanoTime();
      awaitWritten(sink, rows, stop);
      return (rows - first) * 1e9 / (System.nanoTime() - begun);
    }
  }

  private static long awaitWritten(SinkRunner sink, long rows, Stop stop) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      long written = sink.metrics().written();
      if (written >= rows) {
        return written;
      }
      if (sink.failure().isPresent() || System.nanoTime() > deadline) {
        throw new BenchException(
            "the sink has written %d of %d rows: %s"
                .formatted(written, rows, sink.health().cause()));
      }
      stop.pause(1);
    }
  }

  @Override
  public void close() {
    broker.close();
  }
}
