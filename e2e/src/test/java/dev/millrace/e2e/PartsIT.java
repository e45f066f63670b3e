package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each part as a process of its own, as it is run against a real cluster.
class PartsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void partsWorkTogetherAndPoisonDoesNotStopThem() throws Exception {
    Path database = folder.resolve("windows.db");
    Path ledger = folder.resolve("ledger.ndjson");
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String kafka = broker.awaitKafka();
      String server = "--bootstrap-server=" + kafka;
      assertNothingIsDeletedByAge(kafka);
      try (Cli.Running processor = Cli.start("processor", server, "--state", path("state"));
          Cli.Running sink =
              Cli.start("sink", server, "--database", database.toString(), "--port", "0")) {
        sendPoison(kafka);
        Cli.runWell(
            "loadgen",
            server,
            "--rate",
            "3k",
            "--duration",
            "3s",
            "--run",
            path("run"),
            "--ledger",
            ledger.toString());
        awaitAll(database, 9_000);
        Cli.runWell("verify", ledger.toString(), "--database", database.toString());
        Cli.runWell("verify", "--recount", server, "--database", database.toString());
        String table = Cli.runWell("tail", server, "--once").out();
        assertTrue(table.contains("checkout /v1/items/{id}"), table);
        String json = Cli.runWell("tail", server, "--once", "--json").out();
        assertTrue(json.lines().count() > 20 && json.startsWith("{\"window_start\":"), json);
        assertPoisonIsDeadLettered(kafka);
        assertEquals(143, processor.terminate());
        assertEquals(143, sink.terminate());
      }
      Cli.Result list = Cli.runWell("topics", "list", server);
      assertTrue(list.out().contains("requests.dlq"), list.all());
      assertEquals(2, Cli.run("topics", "delete", server).code());
      Cli.runWell("topics", "delete", server, "--yes");
      assertEquals("", Cli.runWell("topics", "list", server).out());
      Cli.runWell("topics", "create", server, "--partitions", "3");
      assertTrue(Cli.runWell("topics", "list", server).out().contains("windows.1s       3 part"));
      assertEquals(143, broker.terminate());
    }
  }

  /// Record timestamps are event times: by age, Kafka would delete a log of last year at once.
  private static void assertNothingIsDeletedByAge(String kafka) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
      for (String topic : List.of(Topics.REQUESTS, Topics.WINDOWS_1S)) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        ConfigEntry retention =
            admin.describeConfigs(List.of(resource)).all().get().get(resource).get("retention.ms");
        assertEquals("-1", retention.value());
        assertEquals(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, retention.source());
      }
    }
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private static List<byte[]> poison() {
    List<byte[]> poison = new ArrayList<>();
    poison.add("no event".getBytes(StandardCharsets.UTF_8));
    poison.add(new byte[0]);
    poison.add(new byte[] {(byte) 0xff, 0, 7});
    // Just under the topic's limit.
    poison.add(new byte[1_000_000]);
    poison.add(
        "{\"time\":-1,\"service\":\"a\",\"route\":\"/\",\"status\":200}"
            .getBytes(StandardCharsets.UTF_8));
    return poison;
  }

  private static void sendPoison(String kafka) throws Exception {
    List<byte[]> all = poison();
    all.add(null);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (byte[] value : all) {
        producer.send(new ProducerRecord<>(Topics.REQUESTS, value)).get();
      }
    }
  }

  private static void awaitAll(Path database, long requests) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Database windows = new Database(database);
    String sql =
        "SELECT min(a, b) FROM (SELECT sum(requests) AS a FROM windows WHERE route <> '*' AND window_size_ms = 1000),"
            + " (SELECT sum(requests) AS b FROM windows WHERE service = '*' AND window_size_ms = 1000)";
    String made = "SELECT count(*) FROM sqlite_master WHERE name = 'windows'";
    while (!Files.exists(database) || windows.number(made) == 0 || windows.number(sql) < requests) {
      assertTrue(System.nanoTime() < deadline, "not all in the database within " + PATIENCE);
      LockSupport.parkNanos(100_000_000);
    }
  }

  private static void assertPoisonIsDeadLettered(String kafka) {
    List<byte[]> expected = poison();
    expected.add(null);
    List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> queue = List.of(new TopicPartition(Topics.DEAD_LETTERS, 0));
      consumer.assign(queue);
      consumer.seekToBeginning(queue);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (letters.size() < expected.size() && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(200)).forEach(letters::add);
      }
    }
    assertEquals(expected.size(), letters.size());
    for (byte[] value : expected) {
      assertTrue(
          letters.stream()
              .anyMatch(letter ->
                  Arrays.equals(letter.value(), value)
                      && letter
                              .headers()
                              .lastHeader(Topics.DEAD_LETTER_HEADERS + "message")
                              .value()
                              .length
                          > 0));
    }
  }
}
