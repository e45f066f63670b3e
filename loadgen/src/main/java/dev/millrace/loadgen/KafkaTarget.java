package dev.millrace.loadgen;

import dev.millrace.events.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;

/// Sends events straight into Kafka.
final class KafkaTarget implements Target {
  private static final Duration TOPIC_PATIENCE = Duration.ofSeconds(15);

  /// How long what is on its way is waited for when somebody wants the end.
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(10);

  private final Producer<byte[], byte[]> producer;

  KafkaTarget(Producer<byte[], byte[]> producer) {
    this.producer = producer;
  }

  /// For a run that ends, whether Kafka is there or not.
  ///
  /// @param kafka further settings of Kafka's clients
  /// @param paced whether there is a schedule that must go on when Kafka is away
  static KafkaTarget of(String bootstrapServers, Map<String, String> kafka, boolean paced) {
    return new KafkaTarget(new KafkaProducer<>(SenderSettings.of(bootstrapServers, kafka, paced)));
  }

  /// For events that wait for Kafka, however long it is away.
  ///
  /// @param kafka further settings of Kafka's clients
  static KafkaTarget patient(String bootstrapServers, Map<String, String> kafka) {
    return new KafkaTarget(new KafkaProducer<>(SenderSettings.patient(bootstrapServers, kafka)));
  }

  /// @throws IOException if the topic does not get known
  @Override
  public void awaitReady() throws IOException {
    long until = System.nanoTime() + TOPIC_PATIENCE.toNanos();
    while (true) {
      try {
        var _ = producer.partitionsFor(Topics.REQUESTS);
        return;
      } catch (TimeoutException e) {
        if (System.nanoTime() > until) {
          throw new IOException(
              "Kafka does not tell of the topic "
                  + Topics.REQUESTS
                  + " within "
                  + TOPIC_PATIENCE.toSeconds()
                  + " s; 'millrace topics create' makes it",
              e);
        }
      }
    }
  }

  @Override
  public void send(byte[] key, byte[] json, long time, Callback whenSettled) {
    send(new ProducerRecord<>(Topics.REQUESTS, null, time, key, json), whenSettled);
  }

  /// Sends a line that is no event straight to the dead letter queue, with the reason and where the
  /// line stood.
  void sendDeadLetter(byte[] raw, String reason, String source, Callback whenSettled) {
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(Topics.DEAD_LETTERS, null, null, null, raw);
    letter
        .headers()
        .add(Topics.DEAD_LETTER_HEADERS + "message", reason.getBytes(StandardCharsets.UTF_8))
        .add("millrace.source", source.getBytes(StandardCharsets.UTF_8));
    send(letter, whenSettled);
  }

  // The callback is told all that the future would know.
  @SuppressWarnings("FutureReturnValueIgnored")
  private void send(ProducerRecord<byte[], byte[]> message, Callback whenSettled) {
    producer.send(message, whenSettled);
  }

  @Override
  public String noRoom() {
    return "Kafka takes nothing: the client's buffer is full, or its topic unknown";
  }

  @Override
  public SenderWaits waits() {
    return new SenderWaits(
        metric("bufferpool-wait-time-ns-total") / 1e9,
        metric("record-queue-time-avg"),
        metric("request-latency-avg"));
  }

  /// A figure of the client as a whole; 0 if it has none yet.
  private double metric(String name) {
    return producer.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals(name))
        .filter(metric -> metric.metricName().group().equals("producer-metrics"))
        .mapToDouble(metric -> ((Number) metric.metricValue()).doubleValue())
        .filter(Double::isFinite)
        .sum();
  }

  @Override
  public void flush() {
    producer.flush();
  }

  @Override
  public void close() {
    producer.close(LAST_PATIENCE);
  }

  @Override
  public void abandon() {
    producer.close(Duration.ZERO);
  }
}
