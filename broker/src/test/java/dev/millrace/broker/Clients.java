package dev.millrace.broker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// What the tests do with a broker, by Kafka's ordinary clients.
///
/// @param bootstrap where it listens
record Clients(String bootstrap) {
  void createTopic(String topic, int partitions) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    }
  }

  /// @param more settings besides the ones that every producer here has
  KafkaProducer<String, String> producer(Map<String, String> more) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", bootstrap);
    settings.put("acks", "all");
    // Right after a topic is made its leader may refuse a first batch and take the second one, that
    // was sent along; the first can then never be put before it.
    settings.put("max.in.flight.requests.per.connection", "1");
    settings.putAll(more);
    return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
  }

  /// Returns when all are acknowledged.
  void send(List<ProducerRecord<String, String>> records, Map<String, String> more)
      throws ExecutionException, InterruptedException {
    try (KafkaProducer<String, String> producer = producer(more)) {
      List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
      for (Future<RecordMetadata> each : sent) {
        each.get();
      }
    }
  }

  /// Reads a topic from its beginning, as a new group, until so many records have come.
  List<ConsumerRecord<String, String>> read(String topic, int records) {
    return read(topic, read -> read.size() >= records);
  }

  /// Reads a topic from its beginning, committed records only, until what has come is enough.
  List<ConsumerRecord<String, String>> read(
      String topic, Predicate<List<ConsumerRecord<String, String>>> enough) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", bootstrap,
            "group.id", "readers of " + topic,
            "group.protocol", "consumer",
            "auto.offset.reset", "earliest",
            "enable.auto.commit", "false",
            "isolation.level", "read_committed");
    List<ConsumerRecord<String, String>> read = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      // A pattern is matched in the broker, by a library that other ways to subscribe do not load.
      consumer.subscribe(new SubscriptionPattern(topic));
      while (!enough.test(read)) {
        consumer.poll(Duration.ofSeconds(1)).forEach(read::add);
      }
    }
    return read;
  }

  /// Counts what a classic group reads, and commits it: the group's next read goes on from there.
  int readOnAndCommit(String topic, int records) {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", bootstrap,
            "group.id", "counters",
            "auto.offset.reset", "earliest",
            "enable.auto.commit", "false");
    int read = 0;
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      while (read < records) {
        read += consumer.poll(Duration.ofSeconds(1)).count();
      }
      consumer.commitSync();
    }
    return read;
  }

  static List<ProducerRecord<String, String>> records(String topic, int count) {
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(new ProducerRecord<>(topic, "event " + i));
    }
    return records;
  }
}
