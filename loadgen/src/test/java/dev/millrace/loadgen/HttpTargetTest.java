package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.loadgen.Ledger.Fate;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTargetTest {
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private HttpServer server;

  /// What was sent, request by request.
  private final List<String> bodies = Collections.synchronizedList(new ArrayList<>());

  private final List<String> keys = Collections.synchronizedList(new ArrayList<>());

  /// What became of events, in the order in which it was told.
  private final List<Exception> told = new ArrayList<>();

  private final AtomicInteger telling = new AtomicInteger();

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  private interface Answer {
    void of(HttpExchange exchange, int lines) throws IOException, InterruptedException;
  }

  private void answering(Answer answer) {
    server.createContext(
        "/v1/events",
        exchange -> {
          String body = body(exchange);
          bodies.add(body);
          keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          try (exchange) {
            answer.of(exchange, body.split("\n", -1).length - 1);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static String body(HttpExchange exchange) throws IOException {
    boolean packed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    try (InputStream in =
        packed ? new GZIPInputStream(exchange.getRequestBody()) : exchange.getRequestBody()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void say(HttpExchange exchange, int status, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private static void accept(HttpExchange exchange, int lines) throws IOException {
    say(exchange, 202, "{\"accepted\":" + lines + "}");
  }

  private HttpTargetConfig config(int connections, int batch) {
    return new HttpTargetConfig(
        url(), connections, batch, false, Optional.empty(), Optional.empty());
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private HttpTarget target(int connections, int batch) {
    return target(config(connections, batch), PATIENCE_NANOS, 1 << 20);
  }

  private static HttpTarget target(HttpTargetConfig config, long patienceNanos, int bufferBytes) {
    return new HttpTarget(config, true, () -> false, times(patienceNanos, LONG), bufferBytes);
  }

  private static HttpTimes times(long patienceNanos, Duration exchange) {
    return new HttpTimes(
        Duration.ofNanos(patienceNanos), LONG, LONG, exchange, Duration.ofMillis(100), LONG);
  }

  private void send(HttpTarget target, String json) {
    target.send(null, json.getBytes(StandardCharsets.UTF_8), 0, this::tell);
  }

  private void tell(RecordMetadata position, Exception failure) {
    // A list that several threads add to at a time would lose some of it.
    assertEquals(1, telling.incrementAndGet());
    told.add(failure);
    telling.decrementAndGet();
  }

  private static Fate fate(Exception failure) {
    return failure == null
        ? Fate.ACKNOWLEDGED
        : assertInstanceOf(NotAcknowledged.class, failure).fate();
  }

  private void assertAllTold(Fate fate, int events) {
    assertEquals(
        Collections.nCopies(events, fate), told.stream().map(HttpTargetTest::fate).toList());
  }

  @Test
  void eventsGoInBatchesALineEach() {
    answering(HttpTargetTest::accept);
    try (HttpTarget target = target(1, 3)) {
      for (int i = 0; i < 7; i++) {
        send(target, "{\"n\":" + i + "}");
      }
      target.flush();
      assertTrue(target.waits().requestMs() > 0);
    }
    assertAllTold(Fate.ACKNOWLEDGED, 7);
    assertEquals(
        "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n{\"n\":6}\n",
        String.join("", bodies));
    assertTrue(
        bodies.stream().noneMatch(body -> body.split("\n", -1).length > 4), bodies.toString());
  }

  @Test
  void aBatchOfOneGoesByItself() {
    answering(HttpTargetTest::accept);
    try (HttpTarget target = target(4, 1)) {
      for (int i = 0; i < 20; i++) {
        send(target, "{}");
      }
      target.flush();
    }
    assertAllTold(Fate.ACKNOWLEDGED, 20);
    assertEquals(Collections.nCopies(20, "{}\n"), bodies);
  }

  @Test
  void fatesAreToldOneAfterTheOther() {
    answering(HttpTargetTest::accept);
    try (HttpTarget target = target(32, 10)) {
      for (int i = 0; i < 5_000; i++) {
        send(target, "{}");
      }
      target.flush();
    }
    assertAllTold(Fate.ACKNOWLEDGED, 5_000);
  }

  @Test
  void bodiesMayBePackedAndTheKeyIsSent() {
    answering(HttpTargetTest::accept);
    HttpTargetConfig config =
        new HttpTargetConfig(url(), 1, 2, true, Optional.of("hush"), Optional.empty());
    try (HttpTarget target = target(config, PATIENCE_NANOS, 1 << 20)) {
      send(target, "{\"a\":1}");
      send(target, "{\"b\":2}");
      target.flush();
    }
    assertAllTold(Fate.ACKNOWLEDGED, 2);
    assertEquals("{\"a\":1}\n{\"b\":2}\n", String.join("", bodies));
    assertEquals("Bearer hush", keys.getFirst());
  }

  @Test
  void longEventsMakeBatchesOfFewer() {
    answering(HttpTargetTest::accept);
    String event = "x".repeat(400_000);
    try (HttpTarget target = target(config(1, 100), TimeUnit.SECONDS.toNanos(10), 16 << 20)) {
      for (int i = 0; i < 10; i++) {
        send(target, event);
      }
      target.flush();
    }
    assertAllTold(Fate.ACKNOWLEDGED, 10);
    assertTrue(bodies.stream().allMatch(body -> body.length() <= HttpBatches.MAX_BATCH_BYTES + 3));
  }

  @Test
  void whatWasMadeToBeRefusedIsRejectedAndWhatWasNotHasFailed() throws Exception {
    answering((exchange, lines) ->
        say(
            exchange,
            400,
            "{\"accepted\":"
                + (lines - 2)
                + ",\"rejected\":2,\"errors\":[{\"line\":1,\"error\":\"no JSON\"},"
                + "{\"line\":2,\"error\":\"time\"}]}"));
    Files.writeString(folder.resolve("s.yaml"), "malformed: 40%\n");
    EventGenerator generator =
        new EventGenerator(ScenarioFile.read(folder.resolve("s.yaml").toString()), 0);
    Ledger ledger = Ledger.create(folder.resolve("ledger"));
    LedgerSeconds seconds = new LedgerSeconds(ledger, generator.series());
    LoadMetrics metrics = new LoadMetrics();
    try (EventSender sender =
        new EventSender(
            target(config(1, 3), TimeUnit.SECONDS.toNanos(5), 1 << 20),
            metrics,
            new Figures(),
            true,
            () -> false)) {
      // One of each sort is refused, and one is accepted.
      send(sender, generator, seconds, false);
      send(sender, generator, seconds, true);
      send(sender, generator, seconds, true);
      sender.flush();
    }
    assertEquals(new LedgerTotals(3, 1, 1, 1, 0), metrics.totals());
    assertEquals(
        "the edge answered with 400: 'time'", metrics.lastFailure().orElseThrow().getMessage());
    ledger.finish(metrics.totals());
    ledger.close();
    assertEquals(
        1,
        LedgerFile.read(folder.resolve("ledger")).entries().stream()
            .mapToLong(LedgerEntry::requests)
            .sum());
  }

  private long made;

  /// Sends the next event that is valid, or that is not.
  private void send(
      EventSender sender, EventGenerator generator, LedgerSeconds seconds, boolean valid) {
    byte[] json = generator.next(made, made);
    while (generator.isValid() != valid) {
      made++;
      json = generator.next(made, made);
    }
    made++;
    sender.send(generator, json, seconds, made, made);
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 408, 413, 429, 503})
  void anEdgeThatTakesNothingHasNothing(int status) {
    answering((exchange, lines) -> say(exchange, status, "{\"accepted\":0,\"detail\":\"no\"}"));
    try (HttpTarget target = target(2, 2)) {
      send(target, "{}");
      send(target, "{}");
      target.flush();
    }
    assertAllTold(Fate.FAILED, 2);
    assertEquals("the edge answered with " + status + ": no", told.getFirst().getMessage());
  }

  /// Also over a connection that was good before, which clients like to try again.
  @Test
  void whatIsNotAnsweredIsUnknownAndNotSentAgain() {
    answering((exchange, lines) -> {
      if (bodies.size() == 1) {
        accept(exchange, lines);
      }
      // Else closed without an answer.
    });
    try (HttpTarget target = target(1, 1)) {
      send(target, "{\"a\":1}");
      target.flush();
      assertAllTold(Fate.ACKNOWLEDGED, 1);
      told.clear();
      send(target, "{\"b\":2}");
      send(target, "{\"c\":3}");
      target.flush();
    }
    assertAllTold(Fate.UNKNOWN, 2);
    assertEquals(List.of("{\"a\":1}\n", "{\"b\":2}\n", "{\"c\":3}\n"), bodies);
    String text = told.getFirst().getMessage();
    assertTrue(text.startsWith("no answer from " + url() + ": "), text);
  }

  @Test
  void withoutAConnectionNothingWasSent() {
    server.stop(0);
    try (HttpTarget target = target(1, 2)) {
      send(target, "{}");
      target.flush();
    }
    assertAllTold(Fate.FAILED, 1);
    assertEquals(
        "no connection to " + url() + ": connection refused", told.getFirst().getMessage());
  }

  @Test
  void withoutRoomAnEventFailsWithinSendAndIsTakenOnceThereIsSome() throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    answering((exchange, lines) -> {
      asked.countDown();
      free.await();
      accept(exchange, lines);
    });
    try (HttpTarget target = target(config(1, 1), PATIENCE_NANOS, 10)) {
      send(target, "{\"a\":1}");
      asked.await();
      // This one waits for the connection, and the next one has no room.
      send(target, "{\"b\":2}");
      assertEquals(List.of(), told);
      send(target, "{\"c\":3}");
      assertInstanceOf(BufferExhaustedException.class, told.getFirst());
      assertTrue(target.waits().blockedS() >= PATIENCE_NANOS / 1e9, target.waits().toString());
      free.countDown();
      target.flush();
      send(target, "{\"d\":4}");
      target.flush();
    }
    assertEquals(List.of("{\"a\":1}\n", "{\"b\":2}\n", "{\"d\":4}\n"), bodies);
    told.removeFirst();
    assertAllTold(Fate.ACKNOWLEDGED, 3);
  }

  @Test
  void anEndThatDoesNotWaitLeavesWhatIsOnItsWayUnknownAndTheRestUnsent() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    answering((exchange, lines) -> {
      asked.countDown();
      never.await();
    });
    HttpTarget target = target(1, 1);
    send(target, "{\"a\":1}");
    asked.await();
    send(target, "{\"b\":2}");
    target.abandon();
    never.countDown();
    assertEquals(
        List.of(Fate.UNKNOWN, Fate.FAILED), told.stream().map(HttpTargetTest::fate).toList());
  }

  @Test
  void aCallbackThatFailsCostsNoOtherItsFate() {
    answering(HttpTargetTest::accept);
    try (HttpTarget target = target(1, 3)) {
      target.send(
          null,
          "{}".getBytes(StandardCharsets.UTF_8),
          0,
          (position, failure) -> {
            throw new IllegalStateException("on purpose");
          });
      send(target, "{}");
      send(target, "{}");
      target.flush();
      assertAllTold(Fate.UNKNOWN, 2);
      told.clear();
      send(target, "{}");
      target.flush();
    }
    assertAllTold(Fate.ACKNOWLEDGED, 1);
  }

  /// The edge takes its time, and nothing but the sender is to wait for it.
  @Test
  void withoutAScheduleTheSenderWaitsAndNothingFails() throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    answering((exchange, lines) -> {
      free.await();
      accept(exchange, lines);
    });
    try (HttpTarget target = new HttpTarget(config(2, 1), false, () -> false)) {
      AtomicInteger taken = new AtomicInteger();
      Thread sender =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < 100; i++) {
                  send(target, "{}");
                  taken.incrementAndGet();
                }
              });
      while (bodies.size() < 2) {
        Thread.sleep(10);
      }
      // Two on their way, and twice as many that wait: it must come to a halt by then.
      while (taken.get() < 6 || sender.getState() != Thread.State.TIMED_WAITING) {
        Thread.sleep(10);
      }
      assertEquals(6, taken.get());
      free.countDown();
      sender.join();
      target.flush();
    }
    assertAllTold(Fate.ACKNOWLEDGED, 100);
  }

  @Test
  void anEdgeThatGetsReadyIsWaitedFor() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    server.createContext(
        "/health/ready",
        exchange -> {
          try (exchange) {
            say(exchange, asked.incrementAndGet() < 3 ? 503 : 200, "not yet");
          }
        });
    try (HttpTarget target = target(1, 1)) {
      target.awaitReady();
    }
    assertEquals(3, asked.get());
  }

  @Test
  void anEdgeThatDoesNotGetReadyIsToldWithItsCause() {
    server.createContext(
        "/health/ready",
        exchange -> {
          try (exchange) {
            say(exchange, 503, "Kafka does not answer\n");
          }
        });
    HttpTimes times = new HttpTimes(LONG, LONG, LONG, LONG, Duration.ZERO, Duration.ofMillis(300));
    try (HttpTarget target = new HttpTarget(config(1, 1), true, () -> false, times, 1 << 20)) {
      assertEquals(
          "the edge at "
              + url()
              + " was not ready within 0 s: /health/ready is answered with 503,"
              + " Kafka does not answer",
          assertThrows(IOException.class, target::awaitReady).getMessage());
    }
  }
}
