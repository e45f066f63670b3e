package dev.millrace.ingest;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.PartitionInfo;

/// Takes partitions in turn, each for some kilobytes. Kafka's own choice for records without a key
/// draws the next by lot; a partition then has nothing for a while now and then, and every window
/// waits for the partition that is behind.
///
/// Public with a public constructor because Kafka's client makes it by name. Thread-safe.
public final class TurnPartitioner implements Partitioner {
  /// Bytes of values until it is the next one's turn.
  static final int TURN = 16 << 10;

  private final AtomicLong bytes = new AtomicLong();

  @Override
  public void configure(Map<String, ?> settings) {
    // It has no settings.
  }

  @Override
  public int partition(
      String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes, Cluster cluster) {
    List<PartitionInfo> available = cluster.availablePartitionsForTopic(topic);
    List<PartitionInfo> choice =
        available.isEmpty() ? cluster.partitionsForTopic(topic) : available;
    long turn = bytes.getAndAdd(valueBytes.length) / TURN;
    return choice.get((int) (turn % choice.size())).partition();
  }

  @Override
  public void close() {
    // It holds nothing.
  }
}
