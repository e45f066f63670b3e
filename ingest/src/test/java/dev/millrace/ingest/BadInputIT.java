package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What bad clients get, while a good one beside them is served all the time. In the end nothing is
/// left of them: no connection, no byte held, no event in Kafka that was not accepted.
class BadInputIT {
  private static final String NDJSON = "application/x-ndjson";
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration BODY = Duration.ofSeconds(2);
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final long RANDOM_BODIES = Long.getLong("millrace.fuzz", 100_000);

  @TempDir private static Path folder;
  private static EmbeddedBroker broker;
  private static IngestServer edge;
  private static GoodClient good;

  @BeforeAll
  static void start() throws Exception {
    broker = EmbeddedBroker.start(new BrokerConfig(folder, 0));
    TestEdge.createTopic(broker);
    HttpLimits limits = TestEdge.limits(32 << 20, 4 << 20, 300, 250, SHORT, BODY, LONG);
    edge = IngestServer.start(TestEdge.config(broker.bootstrapServers(), limits));
    good = new GoodClient(edge.port());
  }

  @AfterAll
  static void theLedgerBalancesAndNothingIsLeft() throws Exception {
    good.end();
    awaitConnections(0);
    assertEquals(0, TestEdge.metric(edge.port(), "in_flight_bytes"));
    edge.close();
    assertEquals(edge.metrics().accepted(), TestEdge.inKafka(broker));
    assertEquals(0, edge.metrics().answers(500));
    broker.close();
  }

  @AfterEach
  void theGoodClientIsServed() throws Exception {
    good.assertServed();
  }

  @Test
  void slowHeads() throws Exception {
    try (RawClient client = new RawClient(edge.port())) {
      assertEquals(408, dribble(client, "GET /health/live HTTP/1.1\r\nX: "));
      assertTrue(client.isEnded());
    }
  }

  @Test
  void slowBodies() throws Exception {
    try (RawClient client = new RawClient(edge.port())) {
      client.send(
          "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Type: "
              + NDJSON
              + "\r\nContent-Length: 9999\r\n\r\n");
      assertEquals(408, dribble(client, ""));
      assertTrue(client.isEnded());
    }
  }

  /// Sends a byte now and then, which no time limit between bytes would mind.
  private static int dribble(RawClient client, String begin) throws Exception {
    client.send(begin);
    try {
      for (int i = 0; i < 80; i++) {
        client.send("x");
        Thread.sleep(50);
      }
    } catch (IOException e) {
      // It was closed before the last one.
    }
    return client.reply().status();
  }

  @Test
  void tooManyHeadersAndTooLongOnes() throws Exception {
    assertAnswered(431, "GET / HTTP/1.1\r\nHost: h\r\n" + "A: b\r\n".repeat(200) + "\r\n");
    assertAnswered(431, "GET / HTTP/1.1\r\nHost: h\r\nA: " + "b".repeat(100_000) + "\r\n\r\n");
    assertAnswered(414, "GET /" + "b".repeat(100_000));
  }

  @Test
  void endlessChunkLines() throws Exception {
    assertAnswered(400, chunked("1;" + "x".repeat(500_000)));
    assertAnswered(400, chunked("f".repeat(500_000)));
  }

  @Test
  void lengthsThatAreNone() throws Exception {
    for (String headers :
        List.of(
            "Content-Length: -1",
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: 5\r\nTransfer-Encoding: chunked")) {
      assertAnswered(
          400,
          "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Type: "
              + NDJSON
              + "\r\n"
              + headers
              + "\r\n\r\n0\r\n\r\n");
    }
    String head = "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Type: " + NDJSON;
    assertAnswered(413, head + "\r\nContent-Length: 99999999999999999999\r\n\r\n");
    assertAnswered(413, head + "\r\nContent-Length: 5000000\r\n\r\n");
    assertAnswered(411, head + "\r\n\r\n");
    assertAnswered(413, chunked("7fffffffffffffff\r\n"));
    assertAnswered(400, chunked("-1\r\n"));
  }

  private static String chunked(String chunks) {
    return "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Type: "
        + NDJSON
        + "\r\nTransfer-Encoding: chunked\r\n\r\n"
        + chunks;
  }

  @Test
  void brokenGzipAndGzipBombs() throws Exception {
    byte[] packed = gzip(TestEdge.events(100));
    byte[] cut = Arrays.copyOf(packed, packed.length / 2);
    assertAnswered(400, RawClient.post(NDJSON, cut, "Content-Encoding: gzip"));
    byte[] bomb = gzip(new byte[200_000_000]);
    assertAnswered(413, RawClient.post(NDJSON, bomb, "Content-Encoding: gzip"));
    assertAnswered(415, RawClient.post(NDJSON, cut, "Content-Encoding: br"));
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }

  @Test
  void deepNestingAndLongNumbers() throws Exception {
    for (String body :
        List.of(
            "[".repeat(10_000),
            "[".repeat(10_000) + "]".repeat(10_000),
            "{\"a\":".repeat(10_000),
            "[" + "9".repeat(3_000_000) + "]",
            "{\"time\":" + "9".repeat(3_000_000) + "}",
            "{\"x\":\"" + "9".repeat(3_000_000) + "\"}")) {
      assertAnswered(400, RawClient.post("application/json", RawClient.bytes(body)));
      assertAnswered(400, RawClient.post(NDJSON, RawClient.bytes(body)));
    }
    byte[] tenMegabytes = RawClient.bytes("[" + "9".repeat(10_000_000) + "]");
    assertAnswered(413, RawClient.post("application/json", tenMegabytes));
  }

  @Test
  void brokenTextAndNothing() throws Exception {
    for (String body :
        List.of(
            "",
            " \r\n ",
            "\0",
            "\0\0\0\0\0\0\0\0",
            "{\"time\":5,\"service\":\"\u00ff\u00fe\",\"route\":\"/\",\"status\":200}",
            "{\"time\":5,\"service\":\"\u00c3\",\"route\":\"/\",\"status\":200}",
            "{\"time\":5,\"service\":\"a\0\",\"route\":\"/\",\"status\":200}",
            "\u00ff\u00fe{\0}\0")) {
      assertAnswered(400, RawClient.post("application/json", RawClient.bytes(body)));
      assertAnswered(400, RawClient.post(NDJSON, RawClient.bytes(body)));
    }
  }

  @Test
  void wrongTypesPathsAndMethods() throws Exception {
    byte[] event = TestEdge.events(1);
    assertAnswered(415, RawClient.post("application/x-www-form-urlencoded", event));
    assertAnswered(415, RawClient.post("", event));
    assertAnswered(404, "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n");
    assertAnswered(404, "GET /v1/../health/live HTTP/1.1\r\nHost: h\r\n\r\n");
    assertAnswered(405, "BREW /v1/events HTTP/1.1\r\nHost: h\r\n\r\n");
    assertAnswered(405, "OPTIONS /v1/events HTTP/1.1\r\nHost: h\r\n\r\n");
    assertAnswered(505, "GET / HTTP/3.0\r\nHost: h\r\n\r\n");
    assertAnswered(400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".replace("2.0", "1.1"));
    assertAnswered(400, "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n");
  }

  @Test
  void clientsThatGoInTheMiddle() throws Exception {
    long broken = edge.metrics().connectionsBroken();
    byte[] request = RawClient.post(NDJSON, TestEdge.events(1_000));
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      RawClient client = new RawClient(edge.port());
      client.send(Arrays.copyOf(request, 1 + random.nextInt(request.length - 1)));
      client.reset();
    }
    awaitConnections(1);
    assertTrue(edge.metrics().connectionsBroken() > broken);
  }

  @Test
  void moreConnectionsThanThereMayBe() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try {
      // One of the 250 is the good client's.
      for (int i = 0; i < 249; i++) {
        clients.add(new RawClient(edge.port()));
      }
      awaitConnections(250);
      try (RawClient oneTooMany = new RawClient(edge.port())) {
        RawClient.Reply reply = oneTooMany.reply();
        assertEquals(503, reply.status());
        assertEquals("1", reply.headers().get("retry-after"));
        assertTrue(reply.body().contains("your address"), reply.body());
        assertTrue(oneTooMany.isEnded());
      }
      for (int i = 0; i < 50; i++) {
        clients.add(new RawClient(edge.port(), 2));
      }
      awaitConnections(300);
      try (RawClient oneTooMany = new RawClient(edge.port(), 3)) {
        assertTrue(oneTooMany.reply().body().contains("as many connections as it may"));
      }
      good.assertServed();
      clients.removeLast().close();
      awaitConnections(299);
      try (RawClient next = new RawClient(edge.port(), 3)) {
        assertEquals(200, next.ask("GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n").status());
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void bodiesThatAreHeldUpFillTheRoomAndLeaveIt() throws Exception {
    String half =
        "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Type: "
            + NDJSON
            + "\r\nContent-Length: 4000000\r\n\r\n{";
    List<RawClient> clients = new ArrayList<>();
    try (RawClient next = new RawClient(edge.port())) {
      for (int i = 0; i < 8; i++) {
        clients.add(new RawClient(edge.port()).send(half));
      }
      awaitHeld(32_000_000);
      RawClient.Reply full = next.ask(RawClient.post(NDJSON, TestEdge.events(6_000)));
      assertEquals(503, full.status());
      assertEquals("1", full.headers().get("retry-after"));
      assertTrue(full.body().contains("\"accepted\":0"), full.body());
      clients.removeFirst().reset();
      awaitHeld(28_000_000);
      for (RawClient client : clients) {
        assertEquals(408, client.reply().status());
      }
      awaitHeld(0);
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  /// An unfinished head takes room like a body.
  @Test
  void headsThatAreHeldUpFillTheRoomToo() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try (RawClient body = new RawClient(edge.port())) {
      body.send(
          "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Type: "
              + NDJSON
              + "\r\nContent-Length: 4000000\r\n\r\n{");
      byte[] head = RawClient.bytes("GET / HTTP/1.1\r\nX: " + "y".repeat(9_000));
      for (int i = 0; i < 100; i++) {
        clients.add(new RawClient(edge.port()).send(head));
      }
      awaitHeld(4_000_000 + 100 * (14 << 10));
      for (RawClient client : clients) {
        assertEquals(408, client.reply().status());
      }
      awaitHeld(0);
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  void anyBodies() throws Exception {
    byte[] valid = TestEdge.events(1);
    Random random = new Random(6);
    long heapBefore = heapAfterCollection();
    long answered = 0;
    for (long i = 0; i < RANDOM_BODIES; ) {
      try (RawClient client = new RawClient(edge.port())) {
        // Some at a time, so that both sides have something to do.
        int ahead = 50;
        for (int turn = 0; turn < 100 && i < RANDOM_BODIES; turn++, i += ahead) {
          ByteArrayOutputStream requests = new ByteArrayOutputStream();
          for (int k = 0; k < ahead; k++) {
            requests.writeBytes(
                RawClient.post(
                    random.nextBoolean() ? NDJSON : "application/json", body(valid, random)));
          }
          client.send(requests.toByteArray());
          for (int k = 0; k < ahead; k++) {
            int status = client.reply().status();
            assertTrue(status == 400 || status == 202, "status " + status);
            answered++;
          }
        }
      }
    }
    assertTrue(answered >= RANDOM_BODIES);
    awaitConnections(1);
    long grown = heapAfterCollection() - heapBefore;
    assertTrue(grown < 32 << 20, "the heap has grown by " + grown);
  }

  /// Anything at all, or an event with a few bytes changed.
  private static byte[] body(byte[] valid, Random random) {
    if (random.nextInt(3) == 0) {
      byte[] any = new byte[random.nextInt(200)];
      random.nextBytes(any);
      return any;
    }
    byte[] body = valid.clone();
    for (int change = random.nextInt(3); change >= 0; change--) {
      body[random.nextInt(body.length)] = (byte) random.nextInt(256);
    }
    return body;
  }

  private static long heapAfterCollection() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(50);
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static void assertAnswered(int status, String request) throws IOException {
    assertAnswered(status, RawClient.bytes(request));
  }

  private static void assertAnswered(int status, byte[] request) throws IOException {
    try (RawClient client = new RawClient(edge.port())) {
      try {
        client.send(request);
      } catch (IOException e) {
        // It has heard enough, and closed; what it says can still be read.
      }
      RawClient.Reply reply = client.reply();
      assertEquals(status, reply.status(), reply.body());
      assertEquals("application/problem+json", reply.headers().get("content-type"));
      assertTrue(reply.body().contains("\"status\":" + status), reply.body());
    }
  }

  private static void awaitConnections(int count) throws Exception {
    TestEdge.await(count + " connections are open", () -> edge.openConnections() == count);
  }

  private static void awaitHeld(long least) throws Exception {
    TestEdge.await(
        least + " bytes are held",
        () -> {
          long held = TestEdge.metric(edge.port(), "in_flight_bytes");
          return least == 0 ? held < 10_000 : held >= least && held < least + 1_000_000;
        });
  }

  /// Sends an event now and then over one connection, and minds every answer.
  private static final class GoodClient {
    private final RawClient client;
    private final Thread thread = Thread.ofPlatform().unstarted(this::run);
    private final AtomicInteger served = new AtomicInteger();
    private volatile Throwable failure;
    private volatile boolean ended;

    GoodClient(int port) throws IOException {
      client = new RawClient(port);
      thread.start();
    }

    private void run() {
      try {
        while (!ended) {
          RawClient.Reply reply = client.ask(RawClient.post(NDJSON, TestEdge.events(2)));
          // Full is full for everybody.
          boolean full = reply.status() == 503 && reply.headers().containsKey("retry-after");
          assertTrue(reply.status() == 202 || full, reply.body());
          assertFalse(reply.closes());
          served.addAndGet(full ? 0 : 1);
          Thread.sleep(10);
        }
        client.close();
      } catch (Exception | AssertionError e) {
        failure = e;
      }
    }

    void assertServed() throws Exception {
      int before = served.get();
      TestEdge.await("it is served", () -> served.get() > before || failure != null);
      assertNull(failure);
    }

    void end() throws InterruptedException {
      ended = true;
      thread.join();
      assertNull(failure);
    }
  }
}
