package dev.millrace.e2e;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Sends events to partitions of the test's choice, and counts them by second.
final class EventFeed implements AutoCloseable {
  private final RequestEventCodec codec = new RequestEventCodec();
  private final KafkaProducer<byte[], byte[]> producer;
  private final Map<Long, Long> sent = new TreeMap<>();
  private volatile Exception failure;

  EventFeed(String kafka) {
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka, "linger.ms", "5", "compression.type", "lz4"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /// @param time epoch milliseconds
  void send(int partition, long time, String route) {
    RequestEvent event =
        new RequestEvent("", time, "shop", route, "GET", 200, OptionalLong.of(1_000), 100);
    send(new ProducerRecord<>(Topics.REQUESTS, partition, time, null, codec.encode(event)));
    sent.merge(Math.floorDiv(time, 1_000L) * 1_000, 1L, Long::sum);
  }

  void send(int partition, long time) {
    send(partition, time, "/");
  }

  /// A record that is no event.
  void sendPoison(int partition) {
    send(
        new ProducerRecord<>(
            Topics.REQUESTS, partition, null, "poison".getBytes(StandardCharsets.UTF_8)));
  }

  private void send(ProducerRecord<byte[], byte[]> event) {
    var _ =
        producer.send(
            event,
            (metadata, e) -> {
              if (e != null) {
                failure = e;
              }
            });
  }

  /// Returns when Kafka has all.
  void flush() {
    producer.flush();
    if (failure != null) {
      throw new IllegalStateException("not sent", failure);
    }
  }

  /// Events sent, by the start of their second.
  Map<Long, Long> sent() {
    return sent;
  }

  long sum() {
    return sent.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void close() {
    producer.close();
  }
}
