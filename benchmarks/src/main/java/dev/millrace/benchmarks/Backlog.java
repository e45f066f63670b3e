package dev.millrace.benchmarks;

import dev.millrace.loadgen.EventGenerator;
import dev.millrace.loadgen.Scenario;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Fills a topic with events: the same ones every time, their times apart.
final class Backlog {
  /// Event time passes as if there were this many events a second, however fast they are written.
  static final int EVENTS_PER_S = 100_000;

  private static final long NANOS_PER_EVENT = 1_000_000_000 / EVENTS_PER_S;

  /// Events that go to one partition before it is the next one's turn: about a producer's batch.
  /// Turns instead of Kafka's sticky choice give each run the same partitions.
  private static final int TURN = 1_024;

  private final String bootstrapServers;
  private final ProcessorBenchConfig config;
  private final Stop stop;

  Backlog(String bootstrapServers, ProcessorBenchConfig config, Stop stop) {
    this.bootstrapServers = bootstrapServers;
    this.config = config;
    this.stop = stop;
  }

  /// Writes the events, all in the past, and returns when Kafka has them.
  ///
  /// @return bytes of all events
  long fill(String topic, long events) {
    long start = System.currentTimeMillis() - events * 1_000 / EVENTS_PER_S;
    EventGenerator generator =
        new EventGenerator(
            Scenario.steady(
                EVENTS_PER_S,
                Scenario.DEFAULT_DURATION,
                config.services(),
                config.routes(),
                Scenario.DEFAULT_SEED),
            start);
    AtomicReference<Exception> failure = new AtomicReference<>();
    long bytes = 0;
    try (Producer<byte[], byte[]> producer = new KafkaProducer<>(settings())) {
      for (long index = 0; index < events; index++) {
        if (index % TURN == 0) {
          stop.check();
          require(failure.get(), topic);
        }
        int partition = (int) (index / TURN % config.partitions());
        byte[] json = generator.next(index, index * NANOS_PER_EVENT);
        bytes += json.length;
        var _ =
            producer.send(
                new ProducerRecord<>(topic, partition, generator.time(), null, json),
                (position, e) -> failure.compareAndSet(null, e));
      }
      producer.flush();
    }
    require(failure.get(), topic);
    return bytes;
  }

  private static void require(Exception failure, String topic) {
    if (failure != null) {
      throw new BenchException(
          "could not write events to " + topic + ": " + failure.getMessage(), failure);
    }
  }

  private Map<String, Object> settings() {
    return Map.of(
        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
        bootstrapServers,
        ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
        ByteArraySerializer.class,
        ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
        ByteArraySerializer.class,
        ProducerConfig.COMPRESSION_TYPE_CONFIG,
        "lz4",
        ProducerConfig.LINGER_MS_CONFIG,
        10,
        ProducerConfig.BATCH_SIZE_CONFIG,
        256 << 10,
        ProducerConfig.BUFFER_MEMORY_CONFIG,
        64L << 20);
  }
}
