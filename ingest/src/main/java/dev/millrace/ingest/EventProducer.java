package dev.millrace.ingest;

import dev.millrace.events.Topics;
import dev.millrace.telemetry.Telemetry;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Hands events to Kafka, and waits until they are there. Thread-safe.
final class EventProducer implements AutoCloseable {
  /// For a topic that is not known yet. There is room in the client's buffer: what the edge lets in
  /// fits, and so does what it lets be under way with a key.
  private static final int MAX_BLOCK_MS = 2_000;

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

  /// A batch that is being filled, for each of many partitions.
  private static final long SPARE_BUFFER = 8L << 20;

  /// Kafka's client tells of events that it has given up a little later.
  private static final Duration GRACE = Duration.ofSeconds(5);

  /// What an event takes beside its bytes: what Kafka's client remembers of it.
  private static final int EVENT_OVERHEAD = 256;

  private final KafkaProducer<byte[], byte[]> producer;

  /// Of requests with an `Idempotency-Key`. Only who has sent an event can find out whether Kafka
  /// has it, by sending it again under the same number: so this one never stops while the key is
  /// known, and a request that asks again waits for what is on its way. Made after the start, which
  /// does not need it.
  private KafkaProducer<byte[], byte[]> keyed;

  private final Map<String, Object> keyedSettings;

  /// What that one holds, which nobody may wait for any more.
  private final InFlight underWay;

  private boolean closed;

  private final Duration deliveryTimeout;

  /// Those that are waited for, and for how long.
  private final Map<Delivery, Duration> open = new ConcurrentHashMap<>();

  EventProducer(IngestConfig config) {
    deliveryTimeout = config.deliveryTimeout();
    producer = new KafkaProducer<>(settings(config));
    keyedSettings = keyedSettings(config);
    underWay = new InFlight(config.limits().keyedBuffer());
  }

  private synchronized KafkaProducer<byte[], byte[]> keyed() {
    if (keyed == null) {
      if (closed) {
        throw new IllegalStateException("the edge stops");
      }
      keyed = new KafkaProducer<>(keyedSettings);
    }
    return keyed;
  }

  private static Map<String, Object> keyedSettings(IngestConfig config) {
    Map<String, Object> settings = settings(config);
    settings.put(
        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
        (int) IdempotencyCache.KEPT.plus(GRACE).toMillis());
    // So that a lost answer is asked for again while somebody still waits.
    settings.put(
        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) config.deliveryTimeout().toMillis() / 3);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, config.limits().keyedBuffer() + SPARE_BUFFER);
    // Whatever users set: without these, to send again is to be there twice.
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.RETRIES_CONFIG, Integer.MAX_VALUE);
    settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
    settings.computeIfPresent(ProducerConfig.CLIENT_ID_CONFIG, (name, id) -> id + "-keyed");
    return settings;
  }

  private static Map<String, Object> settings(IngestConfig config) {
    int deliveryTimeoutMs = (int) config.deliveryTimeout().toMillis();
    int lingerMs = 3;
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.PARTITIONER_CLASS_CONFIG, TurnPartitioner.class);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, lingerMs);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, config.limits().maxInFlight() + SPARE_BUFFER);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MS);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, deliveryTimeoutMs);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, deliveryTimeoutMs - lingerMs);
    // A single broker that is away for a moment must not make the client forget the topic.
    settings.put(CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG, "none");
    settings.putAll(config.kafka());
    String acks = String.valueOf(settings.get(ProducerConfig.ACKS_CONFIG));
    if (!acks.equals("all") && !acks.equals("-1")) {
      throw new IllegalArgumentException(
          "--kafka acks=" + acks + ": must stay all, or 'accepted' would promise too much");
    }
    return settings;
  }

  /// Adds what Kafka's client measures.
  void describe(Telemetry telemetry) {
    telemetry.kafka(producer);
    telemetry.kafka(keyed());
  }

  /// Gets to know the topic, so that the first request does not have to wait for it.
  ///
  /// @throws KafkaException if Kafka does not answer
  void meet() {
    try {
      var _ = producer.partitionsFor(Topics.REQUESTS);
    } finally {
      var _ = keyed().partitionsFor(Topics.REQUESTS);
    }
  }

  /// Sends events, and waits until what became of each is known, or the time for that is over.
  ///
  /// @param delivery has been begun with them, and is told what becomes of them
  /// @param hasKey whether the same may be asked for again under a key
  void send(EventBatch batch, Delivery delivery, boolean hasKey) throws InterruptedException {
    for (int i = 0; i < batch.size(); i++) {
      if (!delivery.take(i)) {
        continue;
      }
      Exception failure = delivery.failure();
      if (failure != null) {
        // Each would wait as long as the one before.
        delivery.fail(i, failure);
      } else {
        hand(batch, i, delivery, hasKey);
      }
    }
    // The client of requests with a key tells nothing in time.
    open.put(delivery, hasKey ? deliveryTimeout : deliveryTimeout.plus(GRACE));
    try {
      delivery.await();
    } finally {
      open.remove(delivery);
    }
  }

  /// Ends the waiting for what should be known by now. Kafka's client keeps to the delivery timeout
  /// but for one case: while it waits for its first producer id from a Kafka that is away, it tells
  /// nothing. (Each request could as well wait with a limit; setting that alarm took a fifth of its
  /// time.)
  ///
  /// @param now [System#nanoTime()]
  void giveUpOverdue(long now) {
    open.forEach((delivery, patience) -> {
      if (now - delivery.begunAt() > patience.toNanos()) {
        delivery.giveUp(
            new TimeoutException("Kafka has said nothing for " + patience.toSeconds() + " s"));
      }
    });
  }

  private void hand(EventBatch batch, int event, Delivery delivery, boolean hasKey) {
    byte[] json = Arrays.copyOfRange(batch.bytes(), batch.from(event), batch.to(event));
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(Topics.REQUESTS, null, batch.time(event), null, json);
    Callback told = delivery.callback(event);
    try {
      if (hasKey) {
        handKeyed(record, told);
      } else {
        send(producer, record, told);
      }
    } catch (RuntimeException e) {
      delivery.fail(event, e);
      // IllegalStateException if the client was closed meanwhile.
      if (!(e instanceof KafkaException || e instanceof IllegalStateException)) {
        throw e;
      }
    }
  }

  private void handKeyed(ProducerRecord<byte[], byte[]> record, Callback told) {
    InFlight.Lease lease = underWay.lease();
    if (!lease.grow(record.value().length + EVENT_OVERHEAD)) {
      throw new BufferExhaustedException(
          "too much is under way with an Idempotency-Key, which Kafka has not acknowledged");
    }
    boolean handed = false;
    try {
      send(
          keyed(),
          record,
          (metadata, e) -> {
            lease.close();
            told.onCompletion(metadata, e);
          });
      handed = true;
    } finally {
      if (!handed) {
        lease.close();
      }
    }
  }

  // The callback is told all that the future would know.
  @SuppressWarnings("FutureReturnValueIgnored")
  private static void send(
      KafkaProducer<byte[], byte[]> client, ProducerRecord<byte[], byte[]> record, Callback told) {
    client.send(record, told);
  }

  /// Waits for what is on its way, if it is not for too long.
  @Override
  public void close() {
    KafkaProducer<byte[], byte[]> other;
    synchronized (this) {
      closed = true;
      other = keyed;
    }
    Thread beside =
        Thread.ofVirtual()
            .start(() -> {
              if (other != null) {
                other.close(CLOSE_PATIENCE);
              }
            });
    producer.close(CLOSE_PATIENCE);
    try {
      beside.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
