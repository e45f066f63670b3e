package dev.millrace.loadgen;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.Topics;
import dev.millrace.loadgen.Ledger.Fate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Sends events to Kafka, and books the fate of each. One thread sends; fates arrive on the
/// client's own thread.
final class EventSender implements AutoCloseable {
  private final Producer<byte[], byte[]> producer;
  private final LoadMetrics metrics;
  private final Thread sender = Thread.currentThread();

  EventSender(String bootstrapServers, Map<String, String> kafka, LoadMetrics metrics) {
    this.producer = new KafkaProducer<>(settings(bootstrapServers, kafka));
    this.metrics = metrics;
  }

  private static Map<String, Object> settings(String bootstrapServers, Map<String, String> kafka) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 10);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20);
    // A dead letter may be a line of 64 KiB and more.
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2 << 20);
    // A broker that has died is to be noticed while somebody still waits.
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
    settings.putAll(kafka);
    String acks = String.valueOf(settings.get(ProducerConfig.ACKS_CONFIG));
    if (!acks.equals("all") && !acks.equals("-1")) {
      throw new IllegalArgumentException(
          "--kafka acks=" + acks + ": must stay all, or 'acknowledged' would promise too much");
    }
    return settings;
  }

  /// Hands one event to the client.
  ///
  /// @param json the event as it is to stand in Kafka
  /// @param ledger where its fate is booked
  void send(RequestEvent event, byte[] json, Ledger ledger) {
    LedgerCell cell = ledger.sending(event);
    metrics.events.sent();
    hand(
        new ProducerRecord<>(Topics.REQUESTS, null, event.time(), null, json),
        new Sent(cell, event.status(), event.durationUs().orElse(-1), event.bytes()));
  }

  /// Makes an event and hands it to the client.
  ///
  /// @param generator has just made it
  /// @param json the event as it is to stand in Kafka
  /// @param ledger where its fate is booked
  void send(EventGenerator generator, byte[] json, LedgerSeconds ledger) {
    ProducerRecord<byte[], byte[]> message =
        new ProducerRecord<>(Topics.REQUESTS, null, generator.time(), generator.key(), json);
    if (generator.isValid()) {
      LedgerCell cell =
          ledger.sending(generator.time(), generator.seriesIndex(), generator.isAged());
      metrics.events.sent();
      hand(message, new Sent(cell, generator.status(), generator.durationUs(), generator.bytes()));
    } else {
      metrics.rejects.sent();
      hand(message, new Sent(null, 0, 0, 0));
    }
  }

  /// Sends a line that is no event straight to the dead letter queue, with the reason and where the
  /// line stood.
  void reject(byte[] raw, String reason, String source) {
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(Topics.DEAD_LETTERS, null, null, null, raw);
    letter
        .headers()
        .add(Topics.DEAD_LETTER_HEADERS + "message", reason.getBytes(StandardCharsets.UTF_8))
        .add("millrace.source", source.getBytes(StandardCharsets.UTF_8));
    metrics.rejects.sent();
    hand(letter, new Sent(null, 0, 0, 0));
  }

  // The callback is told all that the future would know.
  @SuppressWarnings("FutureReturnValueIgnored")
  private void hand(ProducerRecord<byte[], byte[]> message, Callback whenSettled) {
    producer.send(message, whenSettled);
  }

  /// Something that is on its way.
  private final class Sent implements Callback {
    private final LedgerCell cell;
    private final int status;
    private final long durationUs;
    private final long bytes;

    /// @param cell where its fate is booked; null if it is no event
    Sent(LedgerCell cell, int status, long durationUs, long bytes) {
      this.cell = cell;
      this.status = status;
      this.durationUs = durationUs;
      this.bytes = bytes;
    }

    @Override
    public void onCompletion(RecordMetadata position, Exception failure) {
      Fate fate =
          failure == null
              ? Fate.ACKNOWLEDGED
              : surelyNotInKafka(failure) ? Fate.FAILED : Fate.UNKNOWN;
      if (failure != null) {
        metrics.lastFailure = failure;
      }
      if (cell == null) {
        metrics.rejects.settled(fate);
      } else {
        metrics.events.settled(fate);
        cell.settle(fate, status, durationUs, bytes);
      }
    }
  }

  /// A failure reported within `send` itself means that the record never left; so do answers that
  /// refuse it. A time-out or a broken connection afterwards leaves its fate open.
  private boolean surelyNotInKafka(Exception failure) {
    return Thread.currentThread().equals(sender)
        || failure instanceof RecordTooLargeException
        || failure instanceof AuthorizationException
        || failure instanceof InvalidTopicException;
  }

  /// Waits until the fate of everything sent so far is known.
  void flush() {
    producer.flush();
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(10));
  }
}
