package dev.millrace.loadgen;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// How Kafka's client is set up to send events. What the user sets wins, but for `acks`.
final class SenderSettings {
  /// Longer than any hiccup of a target that still takes events, and short enough that a schedule
  /// goes on when it does not.
  private static final int PACED_MAX_BLOCK_MS = 200;

  /// After this, what was not acknowledged has a fate that is unknown.
  private static final int DELIVERY_TIMEOUT_MS = 30_000;

  private SenderSettings() {}

  /// For a run that ends, whether Kafka is there or not.
  ///
  /// @param paced whether there is a schedule that must go on when Kafka is away
  /// @throws IllegalArgumentException if `acks` would be less than all
  static Map<String, Object> of(String bootstrapServers, Map<String, String> kafka, boolean paced) {
    return all(bootstrapServers, kafka, paced, DELIVERY_TIMEOUT_MS);
  }

  /// For events that wait for Kafka, however long it is away.
  ///
  /// @throws IllegalArgumentException if `acks` would be less than all
  static Map<String, Object> patient(String bootstrapServers, Map<String, String> kafka) {
    return all(bootstrapServers, kafka, false, Integer.MAX_VALUE);
  }

  private static Map<String, Object> all(
      String bootstrapServers, Map<String, String> kafka, boolean paced, int deliveryTimeoutMs) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.PARTITIONER_CLASS_CONFIG, RotatingPartitioner.class);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 10);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
    // Batches are compressed in it: a full one is some 400,000 events, each with objects of its own
    // that the garbage collector copies for as long as they wait.
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 16L << 20);
    // A dead letter may be a line of 64 KiB and more.
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2 << 20);
    // A single broker that is away for a moment must not make the client forget the topic: what is
    // sent meanwhile waits in the buffer.
    settings.put(CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG, "none");
    // A broker that has died is to be noticed while somebody still waits.
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, paced ? PACED_MAX_BLOCK_MS : 5_000);
    // So is a run with one that does not come back to end while somebody still waits.
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, deliveryTimeoutMs);
    settings.putAll(kafka);
    String acks = String.valueOf(settings.get(ProducerConfig.ACKS_CONFIG));
    if (!acks.equals("all") && !acks.equals("-1")) {
      throw new IllegalArgumentException(
          "--kafka acks=" + acks + ": must stay all, or 'acknowledged' would promise too much");
    }
    return settings;
  }
}
