package dev.millrace.processor;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/// Kafka's clients for Kafka Streams, of which the consumer hands over all records of a partition
/// that one poll has brought as one record. What Streams does for each record (queue, timestamps,
/// contexts, sensors) takes about as long as everything else together; so it does it for a batch.
///
/// Such a record has the first offset of its batch: Streams commits the offset of the next record
/// in its queue, which is then the first that has not been processed. Its value is an empty array,
/// by whose identity [#take] finds the batch; no bytes from outside can be taken for one.
///
/// The values in a batch are not copied: they lie where the client has read or unpacked them.
///
/// Public with a public constructor because Streams makes it by name.
public final class RecordBatches implements KafkaClientSupplier {
  // Arrays are equal if they are the same. A batch whose task is closed before it was taken goes
  // with its array.
  private static final Map<byte[], List<ConsumerRecord<byte[], ByteBuffer>>> BATCHES =
      Collections.synchronizedMap(new WeakHashMap<>());

  /// The records that the value of a record stands for.
  ///
  /// @return null if it stands for itself
  static List<ConsumerRecord<byte[], ByteBuffer>> take(byte[] value) {
    return value != null && value.length == 0 ? BATCHES.remove(value) : null;
  }

  /// Hands over the client's own buffer.
  private static final class InPlaceDeserializer implements Deserializer<ByteBuffer> {
    @Override
    public ByteBuffer deserialize(String topic, byte[] value) {
      return value == null ? null : ByteBuffer.wrap(value);
    }

    @Override
    public ByteBuffer deserialize(String topic, Headers headers, ByteBuffer value) {
      return value;
    }
  }

  private static final class BatchingConsumer extends KafkaConsumer<byte[], byte[]> {
    private BatchingConsumer(Map<String, Object> settings) {
      super(settings, new ByteArrayDeserializer(), inPlace());
    }

    // Streams wants a consumer of byte arrays, and gets one: the buffers do not leave poll().
    @SuppressWarnings("unchecked")
    private static Deserializer<byte[]> inPlace() {
      return (Deserializer<byte[]>) (Deserializer<?>) new InPlaceDeserializer();
    }

    @SuppressWarnings("unchecked")
    private static List<ConsumerRecord<byte[], ByteBuffer>> buffers(
        List<ConsumerRecord<byte[], byte[]>> records) {
      return (List<ConsumerRecord<byte[], ByteBuffer>>) (List<?>) records;
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
      ConsumerRecords<byte[], byte[]> records = super.poll(timeout);
      Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> batches = new LinkedHashMap<>();
      for (TopicPartition partition : records.partitions()) {
        batches.put(partition, List.of(batch(buffers(records.records(partition)))));
      }
      return new ConsumerRecords<>(batches, records.nextOffsets());
    }

    private static ConsumerRecord<byte[], byte[]> batch(
        List<ConsumerRecord<byte[], ByteBuffer>> records) {
      ConsumerRecord<byte[], ByteBuffer> first = records.getFirst();
      ConsumerRecord<byte[], byte[]> batch =
          new ConsumerRecord<>(
              first.topic(),
              first.partition(),
              first.offset(),
              first.timestamp(),
              first.timestampType(),
              ConsumerRecord.NULL_SIZE,
              0,
              null,
              new byte[0],
              new RecordHeaders(),
              first.leaderEpoch());
      BATCHES.put(batch.value(), records);
      return batch;
    }
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> settings) {
    return new BatchingConsumer(settings);
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> settings) {
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> settings) {
    return getRestoreConsumer(settings);
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> settings) {
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public Admin getAdmin(Map<String, Object> settings) {
    return Admin.create(settings);
  }
}
