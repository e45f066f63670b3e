package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is answered to events, and what of them is in Kafka.
class EventsIT {
  private static final String NDJSON = "application/x-ndjson";
  private static final String JSON = "application/json";
  private static final String GOOD =
      "{\"id\":\"ü\",\"time\":1763715928123,\"service\":\"shop\",\"route\":\"/a\",\"status\":200}";
  private static final String BAD = "{\"time\":5}";

  @TempDir private static Path folder;
  private static EmbeddedBroker broker;

  private IngestServer edge;
  private RawClient client;
  private Map<TopicPartition, Long> before;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = EmbeddedBroker.start(new BrokerConfig(folder, 0));
    TestEdge.createTopic(broker);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void startEdge() throws Exception {
    before = TestEdge.ends(broker);
    edge =
        IngestServer.start(
            TestEdge.config(broker.bootstrapServers(), TestEdge.limits(Duration.ofSeconds(30))));
    client = new RawClient(edge.port());
  }

  /// Of the events in each test all that were accepted are in Kafka, and no others.
  @AfterEach
  void theLedgerBalances() throws Exception {
    client.close();
    IngestMetrics metrics = edge.metrics();
    edge.close();
    assertEquals(
        metrics.received(),
        metrics.accepted() + metrics.rejected() + metrics.failed() + metrics.unknown());
    assertEquals(metrics.accepted(), added());
  }

  @Test
  void eventsAreInKafkaAsTheyCame() throws Exception {
    String spaced = " " + GOOD.replace(",", " , \n") + "\n";
    assertEquals("{\"accepted\":1}\n", post(JSON, spaced, 202));
    assertEquals("{\"accepted\":2}\n", post(JSON, "[" + GOOD + "," + GOOD + "]", 202));
    assertEquals("{\"accepted\":3}\n", post(NDJSON, (GOOD + "\r\n").repeat(3), 202));
    List<ConsumerRecord<byte[], byte[]>> records = records();
    assertEquals(6, records.size());
    Map<String, Integer> texts = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> message : records) {
      assertEquals(1_763_715_928_123L, message.timestamp());
      assertEquals(null, message.key());
      texts.merge(new String(message.value(), StandardCharsets.UTF_8), 1, Integer::sum);
    }
    assertEquals(Map.of(GOOD, 5, spaced.strip(), 1), texts);
  }

  @Test
  void someBadLinesAreTold() throws Exception {
    String body = post(NDJSON, GOOD + "\nno\n" + BAD + "\n" + GOOD, 400);
    assertTrue(body.contains("\"accepted\":2,\"rejected\":2,"), body);
    assertTrue(body.contains("{\"line\":2,\"error\":\"not JSON: "), body);
    assertTrue(
        body.contains("{\"line\":3,\"error\":\"required field 'service' is missing\"}"), body);
  }

  @Test
  void atomicMeansAllOrNothing() throws Exception {
    String path = "/v1/events?atomic=true";
    byte[] mixed = bytes(GOOD + "\n" + BAD);
    String request =
        "POST %s HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n";
    RawClient.Reply reply =
        client.send(String.format(request, path, NDJSON, mixed.length)).send(mixed).reply();
    assertEquals(400, reply.status());
    assertTrue(reply.body().contains("\"accepted\":0,\"rejected\":1,"), reply.body());
    byte[] good = bytes(GOOD);
    reply = client.send(String.format(request, path, NDJSON, good.length)).send(good).reply();
    assertEquals(202, reply.status());
    assertEquals(
        400,
        client
            .send(String.format(request, "/v1/events?atomc=true", NDJSON, 2))
            .send("{}")
            .reply()
            .status());
  }

  @Test
  void gzipIsUnpacked() throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(TestEdge.events(1_000));
    }
    RawClient.Reply reply =
        client.ask(RawClient.post(NDJSON, packed.toByteArray(), "Content-Encoding: gzip"));
    assertEquals("{\"accepted\":1000}\n", reply.body());
  }

  @Test
  void chunksAreTakenTogether() throws Exception {
    client.send(
        String.join(
            "\r\n",
            "POST /v1/events HTTP/1.1",
            "Host: h",
            "Content-Type: application/json",
            "Transfer-Encoding: chunked",
            "Expect: 100-continue",
            "",
            ""));
    byte[] event = bytes(GOOD);
    for (byte b : event) {
      client.send("1\r\n").send(new byte[] {b}).send("\r\n");
    }
    assertEquals("{\"accepted\":1}\n", client.send("0\r\n\r\n").reply().body());
  }

  @Test
  void aLargeBodyIsTaken() throws Exception {
    byte[] events = TestEdge.events(9_000);
    RawClient.Reply reply = client.ask(RawClient.post(NDJSON, events));
    assertEquals("{\"accepted\":9000}\n", reply.body());
  }

  @Test
  void requestsMayBeSentAheadOfAnswers() throws Exception {
    byte[] request = RawClient.post(NDJSON, TestEdge.events(3));
    for (int i = 0; i < 100; i++) {
      client.send(request);
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(202, client.reply().status());
    }
  }

  @Test
  void anIdempotencyKeyIsAnsweredFromMemory() throws Exception {
    byte[] request = RawClient.post(NDJSON, TestEdge.events(5), "Idempotency-Key: one");
    String first = client.ask(request).body();
    assertEquals("{\"accepted\":5}\n", first);
    assertEquals(first, client.ask(request).body());
    byte[] other = RawClient.post(NDJSON, TestEdge.events(6), "Idempotency-Key: one");
    assertEquals(422, client.ask(other).status());
    byte[] mixed = RawClient.post(NDJSON, bytes(GOOD + "\nno"), "Idempotency-Key: two");
    RawClient.Reply reply = client.ask(mixed);
    assertEquals(400, reply.status());
    assertEquals(reply.body(), client.ask(mixed).body());
    assertEquals(6, added());
    assertEquals(2, TestEdge.metric(edge.port(), "replays_total"));
    assertEquals(
        400,
        client
            .ask(RawClient.post(NDJSON, bytes(GOOD), "Idempotency-Key: " + "k".repeat(256)))
            .status());
  }

  @Test
  void partitionsTakeTurns() throws Exception {
    for (int i = 0; i < 40; i++) {
      assertEquals(202, client.ask(RawClient.post(NDJSON, TestEdge.events(100))).status());
    }
    Map<Integer, Integer> counts = new HashMap<>();
    records().forEach(message -> counts.merge(message.partition(), 1, Integer::sum));
    assertEquals(TestEdge.PARTITIONS, counts.size());
    counts.values().forEach(count -> assertTrue(count > 700 && count < 1_300, "" + counts));
  }

  @Test
  void theOtherPathsAnswer() throws Exception {
    String get = " HTTP/1.1\r\nHost: h\r\n\r\n";
    assertEquals("ok\n", client.ask("GET /health/live" + get).body());
    assertEquals("ok\n", client.ask("GET /health/ready" + get).body());
    assertTrue(client.ask("GET /openapi.yaml" + get).body().contains("/v1/events"));
    String metrics = client.ask("GET /metrics" + get).body();
    assertTrue(metrics.contains("millrace_ingest_requests_total{status=\"200\"} 3\n"), metrics);
    assertTrue(metrics.contains("millrace_ingest_connections 1\n"), metrics);
    // Behind the edge's own, those of its JVM and its producer.
    assertTrue(metrics.contains("\nmillrace_ingest_ready 1\n"), metrics);
    assertTrue(metrics.contains("\njvm_memory_used_bytes{area=\"heap\""), metrics);
    assertTrue(metrics.contains("\nkafka_producer_buffer_available_bytes{"), metrics);
    assertEquals(404, client.ask("GET /v1" + get).status());
    RawClient.Reply reply = client.ask("PUT /v1/events" + get);
    assertEquals(405, reply.status());
    assertEquals("POST", reply.headers().get("allow"));
    assertEquals(405, client.ask("POST /metrics" + get).status());
    assertFalse(reply.closes());
  }

  @Test
  void aClientOfHttp10IsToldThatTheConnectionStays() throws Exception {
    RawClient.Reply reply =
        client.ask("GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assertEquals("keep-alive", reply.headers().get("connection"));
    assertTrue(client.ask("GET /health/live HTTP/1.0\r\n\r\n").closes());
    assertTrue(client.isEnded());
  }

  @Test
  void aHeadRequestGetsNoBody() throws Exception {
    client.send("HEAD /health/live HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    String answer = client.rest();
    assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
    assertTrue(answer.contains("Content-Length: 3\r\n"), answer);
    assertTrue(answer.endsWith("\r\n\r\n"), answer);
  }

  private String post(String type, String body, int status) throws Exception {
    RawClient.Reply reply = client.ask(RawClient.post(type, bytes(body)));
    assertEquals(status, reply.status(), reply.body());
    return reply.body();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private long added() throws Exception {
    return TestEdge.inKafka(broker) - before.values().stream().mapToLong(Long::longValue).sum();
  }

  /// The test's events in Kafka.
  private List<ConsumerRecord<byte[], byte[]>> records() throws Exception {
    long count = added();
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(before.keySet());
      before.forEach(consumer::seek);
      while (records.size() < count) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }
}
