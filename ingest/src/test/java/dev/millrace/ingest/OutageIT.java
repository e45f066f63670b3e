package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The edge while Kafka is away, and while it is being stopped itself.
class OutageIT {
  private static final String NDJSON = "application/x-ndjson";
  private static final String READY = "GET /health/ready HTTP/1.1\r\nHost: h\r\n\r\n";

  @TempDir private Path folder;

  @Test
  void startsWithoutKafkaAndIsReadyWhenItComes() throws Exception {
    int port = freePort();
    IngestConfig config =
        TestEdge.config("127.0.0.1:" + port, TestEdge.limits(Duration.ofSeconds(30)));
    try (IngestServer edge = IngestServer.start(config);
        RawClient client = new RawClient(edge.port())) {
      RawClient.Reply reply = client.ask(READY);
      assertEquals(503, reply.status());
      assertTrue(reply.body().contains("127.0.0.1:" + port), reply.body());
      assertEquals(0, TestEdge.metric(edge.port(), "ready"));
      reply = client.ask(RawClient.post(NDJSON, TestEdge.events(3)));
      assertEquals(503, reply.status());
      assertTrue(reply.headers().containsKey("retry-after"));
      assertTrue(reply.body().contains("\"accepted\":0,\"failed\":3,\"unknown\":0"), reply.body());
      try (EmbeddedBroker broker = EmbeddedBroker.start(new BrokerConfig(folder, port))) {
        awaitReady(client, "has no topic requests");
        TestEdge.createTopic(broker);
        awaitReady(client, "ok");
        assertEquals(1, TestEdge.metric(edge.port(), "ready"));
        assertEquals(202, client.ask(RawClient.post(NDJSON, TestEdge.events(3))).status());
        assertEquals(3, TestEdge.inKafka(broker));
      }
    }
  }

  /// A scrape gives up after seconds, and an outage is when its figures are wanted.
  @Test
  void aScrapeDoesNotWaitForKafka() throws Exception {
    IngestConfig config =
        TestEdge.config(
            "127.0.0.1:" + freePort(),
            TestEdge.limits(Duration.ofSeconds(30)),
            Duration.ofSeconds(10));
    try (IngestServer edge = IngestServer.start(config);
        RawClient probe = new RawClient(edge.port())) {
      AtomicBoolean answered = new AtomicBoolean();
      Thread waiting =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  probe.ask(READY);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                } finally {
                  answered.set(true);
                }
              });
      assertEquals(0, TestEdge.metric(edge.port(), "ready"));
      assertFalse(answered.get(), "the scrape was answered after the probe");
      waiting.join();
    }
  }

  @Test
  void whileKafkaIsAwayNothingIsPromisedAndNothingPilesUp() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(new BrokerConfig(folder, 0));
    int kafkaPort = Integer.parseInt(broker.bootstrapServers().split(":", -1)[1]);
    TestEdge.createTopic(broker);
    Duration patience = Duration.ofSeconds(30);
    IngestConfig config =
        TestEdge.config(
            broker.bootstrapServers(),
            TestEdge.limits(2 << 20, 256 << 10, 200, 200, patience, patience, patience));
    AtomicLong accepted = new AtomicLong();
    AtomicLong full = new AtomicLong();
    try (IngestServer edge = IngestServer.start(config)) {
      ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
      List<Future<?>> running = new ArrayList<>();
      AtomicLong until = new AtomicLong(Long.MAX_VALUE);
      for (int i = 0; i < 40; i++) {
        running.add(
            clients.submit(() -> {
              send(edge.port(), until, accepted, full);
              return null;
            }));
      }
      TestEdge.await("10,000 are accepted", () -> accepted.get() > 10_000);
      broker.close();
      // As much as there is room for waits for Kafka; the others are told so at once.
      TestEdge.await("it is full", () -> full.get() > 100);
      TestEdge.await("events fail", () -> edge.metrics().unknown() + edge.metrics().failed() > 0);
      try (RawClient client = new RawClient(edge.port())) {
        assertEquals(503, client.ask(READY).status());
      }
      broker = EmbeddedBroker.start(new BrokerConfig(folder, kafkaPort));
      long before = accepted.get();
      TestEdge.await("10,000 more are accepted", () -> accepted.get() > before + 10_000);
      until.set(System.nanoTime());
      for (Future<?> client : running) {
        client.get();
      }
      clients.close();
      IngestMetrics metrics = edge.metrics();
      assertEquals(accepted.get(), metrics.accepted());
      assertEquals(
          metrics.received(),
          metrics.accepted() + metrics.rejected() + metrics.failed() + metrics.unknown());
      assertEquals(0, TestEdge.metric(edge.port(), "in_flight_bytes"));
      long inKafka = TestEdge.inKafka(broker);
      assertTrue(
          inKafka >= accepted.get() && inKafka <= accepted.get() + metrics.unknown(),
          accepted + " accepted, " + metrics.unknown() + " unknown, in Kafka " + inKafka);
    } finally {
      broker.close();
    }
  }

  /// Bodies of almost 64 KiB, so that eight of them fill the room.
  private static void send(int port, AtomicLong until, AtomicLong accepted, AtomicLong full)
      throws Exception {
    try (RawClient client = new RawClient(port)) {
      byte[] request = RawClient.post(NDJSON, TestEdge.events(700));
      while (System.nanoTime() < until.get()) {
        RawClient.Reply reply = client.ask(request);
        if (reply.status() == 202) {
          accepted.addAndGet(700);
          continue;
        }
        assertEquals(503, reply.status(), reply.body());
        int start = reply.body().indexOf("\"accepted\":") + 11;
        accepted.addAndGet(Long.parseLong(reply.body().substring(start).split("[,}]", 2)[0]));
        if (reply.body().contains("the edge is full")) {
          full.incrementAndGet();
          Thread.sleep(20);
        }
        assertTrue(reply.headers().containsKey("retry-after"), reply.body());
      }
    }
  }

  @Test
  void whatFailedIsSentAgainUnderItsKeyAndCountedOnce() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(new BrokerConfig(folder, 0));
    int kafkaPort = Integer.parseInt(broker.bootstrapServers().split(":", -1)[1]);
    TestEdge.createTopic(broker);
    IngestConfig config =
        TestEdge.config(broker.bootstrapServers(), TestEdge.limits(Duration.ofSeconds(30)));
    try (IngestServer edge = IngestServer.start(config);
        RawClient client = new RawClient(edge.port())) {
      byte[] request = RawClient.post(NDJSON, TestEdge.events(100), "Idempotency-Key: k");
      makeKnown(client);
      broker.close();
      assertEquals(503, client.ask(request).status());
      broker = EmbeddedBroker.start(new BrokerConfig(folder, kafkaPort));
      awaitReady(client, "ok");
      assertEquals("{\"accepted\":100}\n", client.ask(request).body());
      assertEquals("{\"accepted\":100}\n", client.ask(request).body());
      assertEquals(102, edge.metrics().accepted());
      assertEquals(102, TestEdge.inKafka(broker));
    } finally {
      broker.close();
    }
  }

  /// What nobody waits for any more takes memory all the same.
  @Test
  void underKeysOnlySoMuchWaitsForKafkaAndItsClientsAreTold() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(new BrokerConfig(folder, 0));
    int kafkaPort = Integer.parseInt(broker.bootstrapServers().split(":", -1)[1]);
    TestEdge.createTopic(broker);
    Duration patience = Duration.ofSeconds(30);
    HttpLimits limits = TestEdge.limits(1 << 20, 64 << 10, 200, 200, patience, patience, patience);
    IngestConfig config = TestEdge.config(broker.bootstrapServers(), limits);
    try (IngestServer edge = IngestServer.start(config);
        RawClient client = new RawClient(edge.port())) {
      makeKnown(client);
      broker.close();
      // Half a MiB: more than a thousand events, and less than two thousand.
      List<byte[]> requests = IntStream.range(0, 20).mapToObj(OutageIT::keyed).toList();
      List<Future<RawClient.Reply>> replies = new ArrayList<>();
      try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
        for (byte[] request : requests) {
          replies.add(
              clients.submit(() -> {
                try (RawClient one = new RawClient(edge.port())) {
                  return one.ask(request);
                }
              }));
        }
      }
      int told = 0;
      for (Future<RawClient.Reply> reply : replies) {
        assertEquals(503, reply.get().status());
        told += reply.get().body().contains("too much is under way") ? 1 : 0;
      }
      assertTrue(told > 0 && told < 10, told + " were told");
      broker = EmbeddedBroker.start(new BrokerConfig(folder, kafkaPort));
      awaitReady(client, "ok");
      for (byte[] request : requests) {
        TestEdge.await("they are accepted", () -> client.ask(request).status() == 202);
      }
      assertEquals(2 + 100 * requests.size(), TestEdge.inKafka(broker));
    } finally {
      broker.close();
    }
  }

  private static byte[] keyed(int key) {
    return RawClient.post(NDJSON, TestEdge.events(100), "Idempotency-Key: " + key);
  }

  /// The worst case: Kafka has them, and its answer is lost.
  @Test
  void whatIsUnknownUnderItsKeyIsInKafkaOnceAllTheSame() throws Exception {
    try (HeldAnswers way = new HeldAnswers()) {
      int kafkaPort = freePort();
      way.leadTo(kafkaPort);
      String address = "127.0.0.1:" + way.port();
      BrokerConfig kafka =
          new BrokerConfig(
              folder,
              kafkaPort,
              BrokerConfig.DEFAULT_HOST,
              Map.of("advertised.listeners", "PLAINTEXT://" + address));
      try (EmbeddedBroker broker = EmbeddedBroker.start(kafka)) {
        TestEdge.createTopic(broker);
        IngestConfig config = TestEdge.config(address, TestEdge.limits(Duration.ofSeconds(30)));
        try (IngestServer edge = IngestServer.start(config);
            RawClient client = new RawClient(edge.port())) {
          byte[] before = RawClient.post(NDJSON, TestEdge.events(1), "Idempotency-Key: before");
          assertEquals(202, client.ask(before).status());
          byte[] request = RawClient.post(NDJSON, TestEdge.events(100), "Idempotency-Key: k");
          way.hold(true);
          RawClient.Reply reply = client.ask(request);
          assertEquals(503, reply.status());
          assertTrue(
              reply.body().contains("\"accepted\":0,\"failed\":0,\"unknown\":100"), reply.body());
          // Asked again meanwhile, it is not sent again.
          assertEquals(503, client.ask(request).status());
          way.hold(false);
          TestEdge.await("they are accepted", () -> client.ask(request).status() == 202);
          assertEquals("{\"accepted\":100}\n", client.ask(request).body());
          assertEquals(101, TestEdge.inKafka(broker));
          IngestMetrics metrics = edge.metrics();
          assertEquals(101, metrics.accepted());
          assertEquals(
              metrics.received(), metrics.accepted() + metrics.failed() + metrics.unknown());
        }
      }
    }
  }

  /// What is an event can change with the clock: a line that was refused must not shift the others.
  @Test
  void underItsKeyALineIsTheSameLineAtAnyTime() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(new BrokerConfig(folder, 0));
    int kafkaPort = Integer.parseInt(broker.bootstrapServers().split(":", -1)[1]);
    TestEdge.createTopic(broker);
    IngestConfig config =
        TestEdge.config(broker.bootstrapServers(), TestEdge.limits(Duration.ofSeconds(30)));
    try (IngestServer edge = IngestServer.start(config);
        RawClient client = new RawClient(edge.port())) {
      makeKnown(client);
      broker.close();
      // Now, and not before: it takes its time, and the line must not become an event meanwhile.
      String good = new String(TestEdge.events(1), StandardCharsets.UTF_8);
      long soon = System.currentTimeMillis() + 13_000;
      String early = good.replaceFirst("\\d{13}", Long.toString(soon));
      byte[] request =
          RawClient.post(NDJSON, RawClient.bytes(early + good + good), "Idempotency-Key: k");
      byte[] asJson =
          RawClient.post(
              "application/json", RawClient.bytes(early + good + good), "Idempotency-Key: k");
      RawClient.Reply reply = client.ask(request);
      assertEquals(503, reply.status());
      assertTrue(reply.body().contains("\"rejected\":1"), reply.body());
      assertEquals(422, client.ask(asJson).status());
      broker = EmbeddedBroker.start(new BrokerConfig(folder, kafkaPort));
      awaitReady(client, "ok");
      TestEdge.await("it is an event", () -> System.currentTimeMillis() >= soon - 9_000);
      assertEquals("{\"accepted\":3}\n", client.ask(request).body());
      assertEquals(5, TestEdge.inKafka(broker));
    } finally {
      broker.close();
    }
  }

  @Test
  void stoppingAnswersWhatHasBegunAndLosesNothing() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(new BrokerConfig(folder, 0))) {
      TestEdge.createTopic(broker);
      IngestServer edge =
          IngestServer.start(
              TestEdge.config(broker.bootstrapServers(), TestEdge.limits(Duration.ofSeconds(30))));
      AtomicLong accepted = new AtomicLong();
      ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
      RawClient idle = new RawClient(edge.port());
      RawClient half = new RawClient(edge.port());
      byte[] request = RawClient.post(NDJSON, TestEdge.events(10));
      half.send(new String(request, 0, request.length - 5, StandardCharsets.ISO_8859_1));
      for (int i = 0; i < 20; i++) {
        var _ = clients.submit(() -> sendUntilClosed(edge.port(), request, accepted));
      }
      TestEdge.await("1,000 are accepted", () -> accepted.get() > 1_000);
      Thread stopping = Thread.ofVirtual().start(edge::close);
      assertTrue(idle.isEnded());
      half.send(new String(request, request.length - 5, 5, StandardCharsets.ISO_8859_1));
      RawClient.Reply reply = half.reply();
      assertEquals(202, reply.status());
      assertTrue(reply.closes());
      accepted.addAndGet(10);
      half.close();
      stopping.join();
      clients.close();
      idle.close();
      assertThrows(IOException.class, () -> new RawClient(edge.port()));
      assertEquals(accepted.get(), edge.metrics().accepted());
      assertEquals(accepted.get(), TestEdge.inKafka(broker));
    }
  }

  private static Void sendUntilClosed(int port, byte[] request, AtomicLong accepted)
      throws IOException {
    try (RawClient client = new RawClient(port)) {
      while (true) {
        RawClient.Reply reply;
        try {
          reply = client.ask(request);
        } catch (IOException e) {
          // Closed while it was idle: this request was not begun with.
          return null;
        }
        assertEquals(202, reply.status(), reply.body());
        accepted.addAndGet(10);
        if (reply.closes()) {
          return null;
        }
      }
    }
  }

  /// Has Kafka's client get its producer id. Without one it keeps what it should give up, and sends
  /// it when Kafka is back: what the edge calls unknown then is in Kafka after all.
  private static void makeKnown(RawClient client) throws IOException {
    assertEquals(202, client.ask(RawClient.post(NDJSON, TestEdge.events(1))).status());
    byte[] keyed = RawClient.post(NDJSON, TestEdge.events(1), "Idempotency-Key: first");
    assertEquals(202, client.ask(keyed).status());
  }

  private static void awaitReady(RawClient client, String text) throws Exception {
    TestEdge.await("readiness says " + text, () -> client.ask(READY).body().contains(text));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
