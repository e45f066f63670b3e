package dev.millrace.loadgen;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.utils.Utils;

/// Takes partitions in turn, each for some kilobytes: full batches, and no partition waits for
/// long. Kafka's own choice for records without a key stays with one for a whole batch, and then
/// draws the next by lot; at a moderate rate a partition has nothing for some hundred milliseconds
/// now and then, and every window waits for the partition that is behind.
///
/// Records with a key go where Kafka's own choice would send them.
///
/// Public with a public constructor because Kafka's client makes it by name.
public final class RotatingPartitioner implements Partitioner {
  /// Bytes of values until it is the next one's turn.
  static final int TURN = 16 << 10;

  private int turn;
  private int bytes;

  @Override
  public void configure(Map<String, ?> settings) {
    // It has no settings.
  }

  @Override
  public synchronized int partition(
      String topic, Object key, byte[] keyBytes, Object value, byte[] valueBytes, Cluster cluster) {
    if (keyBytes != null) {
      int partitions = cluster.partitionCountForTopic(topic);
      return Utils.toPositive(Utils.murmur2(keyBytes)) % partitions;
    }
    List<PartitionInfo> available = cluster.availablePartitionsForTopic(topic);
    List<PartitionInfo> choice =
        available.isEmpty() ? cluster.partitionsForTopic(topic) : available;
    int length = valueBytes == null ? 0 : valueBytes.length;
    bytes += length;
    if (bytes > TURN) {
      bytes = length;
      turn = turn == Integer.MAX_VALUE ? 0 : turn + 1;
    }
    return choice.get(turn % choice.size()).partition();
  }

  @Override
  public void close() {
    // It holds nothing.
  }
}
