package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The sender against a server that answers by a script, attempt after attempt of each batch.
class RetryingSenderTest {
  /// No answer, and the connection is closed.
  private static final int BREAKS = 0;

  private final Map<String, List<String>> bodies = new ConcurrentHashMap<>();
  private final AtomicInteger life = new AtomicInteger(1);
  private final CountDownLatch settled = new CountDownLatch(1);
  private String retryAfter = "0";
  private List<Integer> script;
  private HttpServer server;

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/events", this::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
    List<String> seen = bodies.computeIfAbsent(key, first -> new CopyOnWriteArrayList<>());
    seen.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    int status = script.get(Math.min(seen.size(), script.size()) - 1);
    if (status != BREAKS) {
      exchange.getResponseHeaders().add("Retry-After", retryAfter);
      exchange.sendResponseHeaders(status, -1);
    }
    exchange.close();
    if (seen.size() >= script.size()) {
      settled.countDown();
    }
  }

  /// Sends until a batch has had all answers of the script.
  private Sent send(Integer... answers) throws InterruptedException {
    script = List.of(answers);
    Sent sent = new Sent();
    try (RetryingSender sender =
        new RetryingSender(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort()), life::get)) {
      settled.await();
      sender.finish();
      sender.tell(sent);
    }
    assertEquals(List.of(), sent.contradictions());
    return sent;
  }

  @Test
  void sendsTheSameAgainUntilItIsAccepted() throws Exception {
    Sent sent = send(503, BREAKS, 409, 202);
    Retried first = sent.retried().getFirst();
    List<String> seen = bodies.get(first.batch());
    assertEquals(4, seen.size());
    assertEquals(1, Set.copyOf(seen).size());
    assertEquals(first.ids().size(), seen.getFirst().lines().count());
    assertEquals(4, first.attempts(), first.toString());
    assertTrue(first.answers().get(1).startsWith("broken"), first.toString());
    assertEquals(Retried.Fate.ACCEPTED, first.fate());
    assertEquals(1, first.most());
    long events = sent.retried().stream().mapToLong(batch -> batch.ids().size()).sum();
    assertEquals(new LedgerTotals(events, events, 0, 0), sent.sum());
  }

  @Test
  void anAnswerByWhichItIsNeverAcceptedIsARefusal() throws Exception {
    Retried first = send(503, 422).retried().getFirst();
    assertEquals(Retried.Fate.REFUSED, first.fate());
    assertEquals(2, bodies.get(first.batch()).size());
    assertEquals(0, first.least());
  }

  @Test
  void anEdgeThatIsAnotherProcessMeanwhileMayHaveItAgain() throws Exception {
    server.removeContext("/v1/events");
    server.createContext(
        "/v1/events",
        exchange -> {
          life.addAndGet(2);
          answer(exchange);
        });
    Retried first = send(503, 202).retried().getFirst();
    assertEquals(2, first.most());
    assertEquals(1, first.least());
  }

  @Test
  void onlyProcessesThatRanMeanwhileMayHaveABatch() {
    // One that lived all the time; one and the next; none before the one that starts; none at all.
    assertEquals(1, RetryingSender.processes(1, 1));
    assertEquals(2, RetryingSender.processes(1, 3));
    assertEquals(1, RetryingSender.processes(1, 2));
    assertEquals(1, RetryingSender.processes(2, 3));
    assertEquals(2, RetryingSender.processes(2, 5));
    assertEquals(0, RetryingSender.processes(2, 2));
  }

  @Test
  void aBatchWhoseSendingFailsIsBookedAsOpen() throws Exception {
    retryAfter = "-1";
    Sent sent = send(503);
    Retried first = sent.retried().getFirst();
    assertEquals(Retried.Fate.OPEN, first.fate());
    assertTrue(first.answers().getLast().contains("IllegalArgumentException"), first.toString());
    assertTrue(sent.sum().isBalanced(), sent.sum().toString());
    assertEquals(sent.sum().sent(), sent.sum().unknown());
  }
}
