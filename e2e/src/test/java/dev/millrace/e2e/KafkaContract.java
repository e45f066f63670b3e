package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What Millrace asks of a Kafka, held against the broker that it brings and against Kafka's own
/// image: what runs on the one shall run on the other.
@Timeout(180)
abstract class KafkaContract {
  private static final int PARTITIONS = 3;

  @TempDir private Path folder;

  /// Host and port.
  abstract String kafka();

  private String server() {
    return "--bootstrap-server=" + kafka();
  }

  @BeforeEach
  void makeTopicsAnew() {
    Cli.runWell("topics", "delete", server(), "--yes");
    Cli.runWell("topics", "create", server(), "--partitions", Integer.toString(PARTITIONS));
  }

  @Test
  void makesTopicsAsTheContractWantsThem() {
    String list = Cli.runWell("topics", "list", server()).out();
    assertTrue(list.contains("requests         3 partitions, 1 replicas"), list);
    assertTrue(list.contains("windows.1s       3 partitions, 1 replicas"), list);
    assertTrue(list.contains("requests.dlq     1 partitions, 1 replicas"), list);
    assertEquals("All topics exist already.\n", Cli.runWell("topics", "create", server()).out());
  }

  /// Record timestamps are event times.
  @Test
  void keepsEventsOfAnyYear() throws Exception {
    List<Long> years =
        List.of(
            Instant.parse("2015-05-17T10:05:03Z").toEpochMilli(),
            Instant.parse("2100-01-01T00:00:00Z").toEpochMilli());
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
      for (long time : years) {
        producer.send(new ProducerRecord<>(Topics.REQUESTS, 0, time, null, new byte[1])).get();
      }
    }
    assertEquals(years, read(2).stream().map(ConsumerRecord::timestamp).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
  void bringsBackWhatItTook(String compression) throws Exception {
    List<String> events = IntStream.range(0, 1_000).mapToObj(i -> "event " + i).toList();
    try (KafkaProducer<byte[], byte[]> producer =
        producer(Map.of("compression.type", compression))) {
      List<Future<RecordMetadata>> sent =
          events.stream().map(event -> producer.send(record(event))).toList();
      for (Future<RecordMetadata> each : sent) {
        each.get();
      }
    }
    assertEquals(events, read(events.size()).stream().map(KafkaContract::value).toList());
  }

  @Test
  void showsOnlyCommittedTransactions() throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", "one"))) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record("aborted")).get();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(record("committed")).get();
      producer.commitTransaction();
    }
    assertEquals(List.of("committed"), read(1).stream().map(KafkaContract::value).toList());
  }

  @Test
  void whatIsSentIsInTheDatabase() throws Exception {
    Path ledger = folder.resolve("ledger.ndjson");
    Path database = folder.resolve("windows.db");
    try (Cli.Running processor =
        Cli.start("processor", server(), "--state", folder.resolve("state").toString())) {
      processor.awaitLine(line -> line.startsWith("processor started"));
      sendAndVerify(ledger, database);
      // So that the next test can delete its topics.
      assertEquals(143, processor.terminate());
    }
  }

  /// It has committed all the same: that its partitions are idle.
  @Test
  void aProcessorThatHasHadNoEventStartsAgain() throws Exception {
    String id = "quiet";
    long before = 0;
    for (int start = 0; start < 2; start++) {
      try (Cli.Running processor =
              Cli.start(
                  "processor",
                  server(),
                  "--application-id=" + id,
                  "--idle-timeout=400ms",
                  "--port=0",
                  "--state=" + folder.resolve("quiet"));
          Admin admin = Admin.create(Map.of("bootstrap.servers", kafka()))) {
        processor.awaitLine(line -> line.startsWith("processor started"));
        // Further than the one before: the offsets of that are still there.
        long least = before + 1;
        Await.until(() -> committed(admin, id) >= least, () -> "nothing was committed");
        assertEquals(143, processor.terminate());
        before = committed(admin, id);
      }
    }
  }

  /// The sum of a group's offsets.
  private static long committed(Admin admin, String group) {
    try {
      return admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .values()
          .stream()
          .filter(Objects::nonNull)
          .mapToLong(OffsetAndMetadata::offset)
          .sum();
    } catch (ExecutionException e) {
      return 0; // there is no such group yet
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void sendAndVerify(Path ledger, Path database) throws Exception {
    try (Cli.Running sink =
        Cli.start("sink", server(), "--database", database.toString(), "--port=0")) {
      sink.awaitLine(line -> line.startsWith("sink writes to"));
      Cli.runWell(
          "loadgen",
          server(),
          "--rate=3k",
          "--duration=3s",
          "--run=" + folder.resolve("run"),
          "--ledger=" + ledger);
      // Of each second, size and level.
      String counts =
          "SELECT count(*) FROM (SELECT sum(requests) AS n FROM windows GROUP BY window_size_ms,"
              + " service = '*', route = '*') WHERE n = 9000";
      Database windows = new Database(database);
      Await.until(() -> windows.isAbove(8, counts), () -> "not all in the database");
      Cli.runWell("verify", ledger.toString(), "--database", database.toString());
      Cli.runWell("verify", "--recount", server(), "--database", database.toString());
      assertEquals(143, sink.terminate());
    }
  }

  private KafkaProducer<byte[], byte[]> producer(Map<String, String> more) {
    Map<String, Object> settings = new HashMap<>(more);
    settings.put("bootstrap.servers", kafka());
    settings.put("acks", "all");
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /// For one partition, so that there is one order.
  private static ProducerRecord<byte[], byte[]> record(String text) {
    return new ProducerRecord<>(
        Topics.REQUESTS, 0, null, null, text.getBytes(StandardCharsets.UTF_8));
  }

  private static String value(ConsumerRecord<byte[], byte[]> record) {
    return new String(record.value(), StandardCharsets.UTF_8);
  }

  /// The first records of the partition that [#record] names, committed ones only.
  private List<ConsumerRecord<byte[], byte[]>> read(int records) {
    List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
    TopicPartition partition = new TopicPartition(Topics.REQUESTS, 0);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      Await.until(
          () -> {
            consumer.poll(Duration.ofMillis(100)).forEach(read::add);
            return read.size() >= records;
          },
          () -> read.size() + " of " + records + " records");
    }
    return read;
  }
}
