package dev.millrace.sink;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.WindowSummary;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// The topic of a test: what its processor would write, and what its operator would ask.
final class WindowTopic implements AutoCloseable {
  private final String bootstrapServers;
  private final String name;
  private final Admin admin;
  private int partitions;

  WindowTopic(String bootstrapServers, String name) {
    this.bootstrapServers = bootstrapServers;
    this.name = name;
    this.admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  String name() {
    return name;
  }

  TopicPartition partition(int partition) {
    return new TopicPartition(name, partition);
  }

  void create(int count) {
    partitions = count;
    get(admin.createTopics(List.of(new NewTopic(name, count, (short) 1))).all());
    // A producer that does not wait for leaders may have its first batch refused and its second
    // accepted, and then never gets the first one in.
    Await.until("leaders of " + name, this::hasLeaders);
  }

  /// Only leaders know ends; and a broker may not know yet that there is such a topic.
  private boolean hasLeaders() {
    try {
      var _ = endOffsets();
      return true;
    } catch (AssertionError e) {
      if (e.getCause().getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }

  void delete() {
    get(admin.deleteTopics(List.of(name)).all());
    Await.until("topic is gone", () -> !get(admin.listTopics().names()).contains(name));
  }

  void send(List<WindowSummary> rows) {
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
      send(producer, records(rows));
    }
  }

  void send(byte[] value) {
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
      send(producer, List.of(new ProducerRecord<>(name, value)));
    }
  }

  void sendInTransaction(List<WindowSummary> rows, boolean commit) {
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", name))) {
      producer.initTransactions();
      producer.beginTransaction();
      send(producer, records(rows));
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.abortTransaction();
      }
    }
  }

  private List<ProducerRecord<byte[], byte[]>> records(List<WindowSummary> rows) {
    return rows.stream()
        .map(row ->
            new ProducerRecord<>(
                name,
                row.series().key().getBytes(StandardCharsets.UTF_8),
                JsonRecords.WINDOWS.encode(row)))
        .toList();
  }

  /// Returns when Kafka has them.
  private static void send(
      KafkaProducer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records) {
    List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
    producer.flush();
    sent.forEach(WindowTopic::get);
  }

  private KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>(more);
    settings.put("bootstrap.servers", bootstrapServers);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  Map<TopicPartition, Long> endOffsets() {
    Map<TopicPartition, OffsetSpec> latest =
        IntStream.range(0, partitions)
            .boxed()
            .collect(Collectors.toMap(this::partition, _ -> OffsetSpec.latest()));
    return get(admin.listOffsets(latest).all()).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset()));
  }

  /// Whether these positions are at the end of every partition that has anything.
  boolean isReadBy(Map<TopicPartition, Long> positions) {
    return endOffsets().entrySet().stream()
        .allMatch(end -> positions.getOrDefault(end.getKey(), 0L).equals(end.getValue()));
  }

  Map<TopicPartition, Long> committedBy(String group) {
    return get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
        .entrySet()
        .stream()
        .collect(Collectors.toMap(Map.Entry::getKey, at -> at.getValue().offset()));
  }

  /// The id that a group's only member has; a new one if it was put out and came back.
  String onlyMemberOf(String group) {
    return get(admin.describeConsumerGroups(List.of(group)).all()).get(group).members().stream()
        .map(MemberDescription::consumerId)
        .collect(Collectors.joining(", "));
  }

  void commit(String group, Map<TopicPartition, OffsetAndMetadata> offsets) {
    get(admin.alterConsumerGroupOffsets(group, offsets).all());
  }

  void deleteGroup(String group) {
    get(admin.deleteConsumerGroups(List.of(group)).all());
  }

  private static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
