package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a processor finds in Kafka that it cannot go on from: it says so in one sentence before it
/// does anything, and what the sentence advises works.
class BadStateIT {
  private static final int PARTITIONS = 3;
  private static final int EVENTS = 300;

  @TempDir private static Path folder;

  private static EmbeddedBroker broker;
  private static Admin admin;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), 0));
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    Cli.runWell("topics", "create", server(), "--partitions", Integer.toString(PARTITIONS));
    sendEvents();
  }

  @AfterAll
  static void stopBroker() {
    admin.close();
    broker.close();
  }

  @Test
  void topicsThatAreMissingAreMadeWithAsManyPartitionsAsRequestsHas() throws Exception {
    List<String> others =
        List.of(
            Topics.DEAD_LETTERS,
            Topics.LATE,
            Topics.WINDOWS_1S,
            Topics.WINDOWS_10S,
            Topics.WINDOWS_1M);
    admin.deleteTopics(others).all().get();
    try (Cli.Running processor = start("makes-topics")) {
      try (Results results = new Results(broker.bootstrapServers())) {
        Await.until(() -> results.accountFor(EVENTS), results::summary);
      }
      assertEquals(143, processor.terminate());
    }
    assertEquals(PARTITIONS, partitions(Topics.WINDOWS_1S));
    assertEquals(PARTITIONS, partitions(Topics.WINDOWS_10S));
    assertEquals(PARTITIONS, partitions(Topics.WINDOWS_1M));
    assertEquals(PARTITIONS, partitions("makes-topics-partials-v1-repartition"));
    assertEquals(1, partitions(Topics.DEAD_LETTERS));
    assertEquals(1, partitions(Topics.LATE));
  }

  @Test
  void partialsInAnotherNumberOfPartitionsAreRefusedAndAnotherIdWorks() throws Exception {
    make("partials-partials-v1-repartition", PARTITIONS + 1);
    assertRefused("partials", "partials-v1-repartition has 4 partitions, requests has 3");
    runUntilAllAreCounted("partials-2");
  }

  @Test
  void stateInAnotherNumberOfPartitionsIsRefused() throws Exception {
    make("state-windows-v1-changelog", PARTITIONS - 1);
    assertRefused("state", "state-windows-v1-changelog has 2 partitions, requests has 3");
  }

  @Test
  void stateInTheLayoutOfAnotherVersionIsRefused() throws Exception {
    // An application's whose name is only alike.
    make("layout-windows-v0-changelog", PARTITIONS);
    make("layout-2-partials-v0-repartition", PARTITIONS);
    assertRefused("layout", "topic layout-windows-v0-changelog has its state");
    assertRefused("layout-2", "topic layout-2-partials-v0-repartition has its state");
  }

  @Test
  void aGroupThatHasReadWithoutItsStateIsRefused() throws Exception {
    admin
        .alterConsumerGroupOffsets(
            "stateless",
            Map.of(new TopicPartition(Topics.REQUESTS, 0), new OffsetAndMetadata(EVENTS / 6)))
        .all()
        .get();
    assertRefused("stateless", "has read from requests");
  }

  /// A group's offsets are forgotten a week after its last instance, and with the topic that they
  /// are of. Its state is not, and would count all events once more.
  @Test
  void stateOfAGroupWithoutOffsetsIsRefusedAndDeletingItWorks() throws Exception {
    String application = "forgotten";
    runUntilAllAreCounted(application);
    admin.deleteConsumerGroups(List.of(application)).all().get();
    assertRefused(application, "forgotten-windows-v1-changelog");
    List<String> internal =
        admin.listTopics().names().get().stream()
            .filter(topic -> topic.matches(application + "-.*-(repartition|changelog)"))
            .toList();
    assertEquals(2, internal.size());
    admin.deleteTopics(internal).all().get();
    runUntilAllAreCounted(application);
  }

  private static void make(String topic, int partitions) throws Exception {
    admin
        .createTopics(List.of(new NewTopic(topic, Optional.of(partitions), Optional.empty())))
        .all()
        .get();
  }

  private static String server() {
    return "--bootstrap-server=" + broker.bootstrapServers();
  }

  private static void sendEvents() {
    long start = System.currentTimeMillis() - 600_000;
    RequestEventCodec codec = new RequestEventCodec();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < EVENTS; i++) {
        long time = start + 100L * i;
        byte[] event =
            codec.encode(new RequestEvent("", time, "a", "/", "GET", 200, OptionalLong.empty(), 1));
        var _ =
            producer.send(new ProducerRecord<>(Topics.REQUESTS, i % PARTITIONS, time, null, event));
      }
    }
  }

  private static void assertRefused(String application, String reason) {
    Cli.Result result =
        assertTimeoutPreemptively(
            Duration.ofSeconds(30),
            () ->
                Cli.run(
                    "processor",
                    server(),
                    "--application-id",
                    application,
                    "--state",
                    folder.resolve(application).toString()),
            "is not refused");
    assertEquals(1, result.code(), result.all());
    assertTrue(result.err().contains(reason), result.all());
    assertTrue(result.err().contains("Take another --application-id"), result.all());
    assertTrue(result.err().contains("delete the group " + application + " and"), result.all());
    assertEquals(1, result.err().lines().count(), result.all());
  }

  private static Cli.Running start(String application) throws Exception {
    Cli.Running processor =
        Cli.start(
            "processor",
            server(),
            "--application-id",
            application,
            "--idle-timeout",
            "400ms",
            "--state",
            folder.resolve(application).toString());
    processor.awaitLine(line -> line.startsWith("processor started"));
    return processor;
  }

  private static void runUntilAllAreCounted(String application) throws Exception {
    try (Results results = new Results(broker.bootstrapServers(), false);
        Cli.Running processor = start(application)) {
      Await.until(() -> results.accountFor(EVENTS), results::summary);
      assertEquals(143, processor.terminate());
    }
  }

  private static int partitions(String topic) throws Exception {
    return admin
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get()
        .get(topic)
        .partitions()
        .size();
  }
}
