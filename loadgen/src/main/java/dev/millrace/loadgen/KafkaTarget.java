package dev.millrace.loadgen;

import dev.millrace.events.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;

/// Sends events straight into Kafka.
final class KafkaTarget implements Target {
  private static final Duration TOPIC_PATIENCE = Duration.ofSeconds(15);

  /// How long what is on its way is waited for when somebody wants the end.
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(10);

  /// Kafka's client tells of records that it has given up a little later.
  private static final Duration GRACE = Duration.ofSeconds(15);

  private final Producer<byte[], byte[]> producer;
  private final Duration settleTime;
  private final BooleanSupplier stopped;

  /// @param settleTime how long the fate of a record should be open at most
  /// @param stopped whether somebody wants the end
  KafkaTarget(Producer<byte[], byte[]> producer, Duration settleTime, BooleanSupplier stopped) {
    this.producer = producer;
    this.settleTime = settleTime;
    this.stopped = stopped;
  }

  private static KafkaTarget of(Map<String, Object> settings, BooleanSupplier stopped) {
    // As the client reads it, whoever has set it, and how.
    ProducerConfig read = new ProducerConfig(settings);
    Duration delivery = Duration.ofMillis(read.getInt(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG));
    return new KafkaTarget(new KafkaProducer<>(settings), delivery.plus(GRACE), stopped);
  }

  /// For a run that ends, whether Kafka is there or not.
  ///
  /// @param kafka further settings of Kafka's clients
  /// @param paced whether there is a schedule that must go on when Kafka is away
  /// @param stopped whether somebody wants the end
  static KafkaTarget of(
      String bootstrapServers, Map<String, String> kafka, boolean paced, BooleanSupplier stopped) {
    return of(SenderSettings.of(bootstrapServers, kafka, paced), stopped);
  }

  /// For events that wait for Kafka, however long it is away.
  ///
  /// @param kafka further settings of Kafka's clients
  /// @param stopped whether somebody wants the end
  static KafkaTarget patient(
      String bootstrapServers, Map<String, String> kafka, BooleanSupplier stopped) {
    return of(SenderSettings.patient(bootstrapServers, kafka), stopped);
  }

  /// @throws IOException if the topic does not get known, or somebody wants the end
  @Override
  public void awaitReady() throws IOException {
    long until = System.nanoTime() + TOPIC_PATIENCE.toNanos();
    while (true) {
      try {
        var _ = producer.partitionsFor(Topics.REQUESTS);
        return;
      } catch (TimeoutException e) {
        if (stopped.getAsBoolean()) {
          throw new IOException(
              "the end was asked for before Kafka told of the topic " + Topics.REQUESTS, e);
        }
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
  public Duration settleTime() {
    return settleTime;
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
