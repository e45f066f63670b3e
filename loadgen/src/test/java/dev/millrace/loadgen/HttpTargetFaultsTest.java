package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LedgerTotals;
import dev.millrace.loadgen.Ledger.Fate;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Edges that stall, go, or are none.
class HttpTargetFaultsTest {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir private Path folder;
  private final List<Exception> told = Collections.synchronizedList(new ArrayList<>());
  private final AtomicBoolean stopped = new AtomicBoolean();

  private HttpTarget target(String url, int connections, Duration exchange, Duration pause) {
    HttpTargetConfig config =
        new HttpTargetConfig(
            URI.create(url), connections, 1, false, Optional.empty(), Optional.empty());
    HttpTimes times = new HttpTimes(LONG, LONG, SHORT, exchange, pause, LONG);
    return new HttpTarget(config, true, stopped::get, times, 1 << 20);
  }

  private void send(HttpTarget target) {
    target.send(
        null, "{}".getBytes(StandardCharsets.UTF_8), 0, (position, failure) -> told.add(failure));
  }

  private static Fate fate(Exception failure) {
    return failure == null
        ? Fate.ACKNOWLEDGED
        : assertInstanceOf(NotAcknowledged.class, failure).fate();
  }

  private void assertTold(Fate... fates) {
    assertEquals(List.of(fates), told.stream().map(HttpTargetFaultsTest::fate).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 202 Acc",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 14\r\n\r\n",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 14\r\n\r\n{\"accepted\"",
        "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"acc",
      })
  void anAnswerThatStallsIsUnknownAfterAWhileAndTheNextOneGoesElsewhere(String part)
      throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (RawServer server =
            new RawServer(talk -> {
              while (talk.request() != null) {
                if (asked.incrementAndGet() == 1) {
                  talk.say(part);
                  talk.awaitEnd();
                  return;
                }
                talk.accept(1);
              }
            });
        HttpTarget target = target(server.url("http"), 1, SHORT, SHORT)) {
      send(target);
      target.flush();
      assertTold(Fate.UNKNOWN);
      assertEquals(
          "no answer from " + server.url("http") + ": it took longer than 0 s",
          told.getFirst().getMessage());
      told.clear();
      send(target);
      target.flush();
      assertTold(Fate.ACKNOWLEDGED);
      assertEquals(2, server.connections());
    }
  }

  /// A byte now and then is no answer either.
  @Test
  void anAnswerThatTricklesHasOneDeadline() throws Exception {
    try (RawServer server =
            new RawServer(talk -> {
              var _ = talk.request();
              talk.say("HTTP/1.1 202 Accepted\r\nX: ");
              while (true) {
                talk.say("x");
                Thread.sleep(20);
              }
            });
        HttpTarget target = target(server.url("http"), 1, SHORT, SHORT)) {
      send(target);
      target.flush();
      assertTold(Fate.UNKNOWN);
    }
  }

  /// A request that is not read has no answer to time out.
  @Test
  void aRequestThatIsNotReadHasADeadlineToo() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (RawServer server = new RawServer(talk -> end.await());
        HttpTarget target = target(server.url("http"), 1, SHORT, SHORT)) {
      target.send(null, new byte[64 << 20], 0, (position, failure) -> told.add(failure));
      target.flush();
      assertTold(Fate.UNKNOWN);
      end.countDown();
    }
  }

  @Test
  void aConnectionThatTheEdgeHasClosedMeanwhileIsReplaced() throws Exception {
    Semaphore answered = new Semaphore(0);
    try (RawServer server =
            new RawServer(talk -> {
              var _ = talk.request();
              talk.accept(1);
              answered.release();
            });
        HttpTarget target = target(server.url("http"), 1, LONG, SHORT)) {
      for (int i = 0; i < 5; i++) {
        send(target);
        target.flush();
        answered.acquire();
        // It is closed after that, and known here a little later still.
        Thread.sleep(200);
      }
      assertTold(Collections.nCopies(5, Fate.ACKNOWLEDGED).toArray(Fate[]::new));
      assertEquals(5, server.connections());
    }
  }

  @Test
  void whoRefusesWithoutReadingAllIsHeard() throws Exception {
    try (RawServer server =
            new RawServer(talk -> {
              talk.say(
                  "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
              talk.awaitEnd();
            });
        HttpTarget target = target(server.url("http"), 1, LONG, SHORT)) {
      send(target);
      target.flush();
      assertTold(Fate.FAILED);
      assertEquals("the edge answered with 413", told.getFirst().getMessage());
    }
  }

  /// A handshake that fails is no request that was sent. Counted by the server, because who is
  /// refused by nobody cannot be.
  @Test
  void anEdgeThatIsNotThereIsNotAskedForEachEvent() throws Exception {
    try (RawServer server = new RawServer(talk -> {});
        HttpTarget target = target(server.url("https"), 1, LONG, LONG)) {
      for (int i = 0; i < 1_000; i++) {
        send(target);
      }
      target.flush();
      assertTold(Collections.nCopies(1_000, Fate.FAILED).toArray(Fate[]::new));
      assertEquals(1, server.connections());
      String text = told.getFirst().getMessage();
      assertTrue(text.startsWith("no connection to " + server.url("https") + ": "), text);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain text", ""})
  void aHandshakeThatIsNoneHasFailed(String said) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (RawServer server =
            new RawServer(talk -> {
              talk.say(said.repeat(10));
              end.await();
            });
        HttpTarget target = target(server.url("https"), 1, LONG, SHORT)) {
      send(target);
      target.flush();
      end.countDown();
    }
    assertTold(Fate.FAILED);
  }

  @Test
  void aHostThatIsNotThereIsNamed() {
    try (HttpTarget target = target("http://nowhere.invalid:1", 1, LONG, SHORT)) {
      send(target);
      target.flush();
    }
    assertTold(Fate.FAILED);
    String text = told.getFirst().getMessage();
    assertTrue(text.contains("there is no host nowhere.invalid"), text);
  }

  /// One that cannot connect must not speak for the others.
  @Test
  void whileTheEdgeAnswersOneConnectionThatFailsCostsOneBatch() throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    try (RawServer server =
            new RawServer(talk -> {
              connected.countDown();
              while (talk.request() != null) {
                talk.accept(1);
              }
            });
        HttpTarget target = target(server.url("http"), 2, LONG, LONG)) {
      send(target);
      target.flush();
      connected.await();
      server.stopListening();
      for (int i = 0; i < 200; i++) {
        send(target);
        target.flush();
      }
      assertEquals(201, told.size());
      // The other connection is tried once, or not at all. It has failed, or it was made while the
      // server stopped to listen, and was reset by that: then it is unknown what became of a batch.
      List<Exception> failures = told.stream().filter(failure -> failure != null).toList();
      assertTrue(failures.size() <= 1, failures.toString());
    }
  }

  @Test
  void whatIsNotSettledWhenSomebodyWantsTheEndIsUnknownInTheBooks() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (RawServer server =
        new RawServer(talk -> {
          var _ = talk.request();
          asked.countDown();
          talk.say("HTTP/1.1 202 Accepted\r\nContent-Length: 14\r\n\r\n");
          talk.awaitEnd();
        })) {
      LoadMetrics metrics = new LoadMetrics();
      EventGenerator generator = new EventGenerator(Scenario.steady(), 0);
      Ledger ledger = Ledger.create(folder.resolve("ledger"));
      try (EventSender sender =
          new EventSender(
              target(server.url("http"), 1, LONG, SHORT),
              metrics,
              new Figures(),
              true,
              stopped::get)) {
        LedgerSeconds seconds = new LedgerSeconds(ledger, generator.series());
        for (int i = 0; i < 3; i++) {
          sender.send(generator, generator.next(i, i), seconds, i, i);
        }
        asked.await();
        stopped.set(true);
        sender.flush();
        // One was on its way, and two were never sent.
        assertEquals(new LedgerTotals(3, 0, 2, 1), metrics.totals());
      }
      ledger.finish(metrics.totals());
      ledger.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"})
  void whoIsAskedWhetherItIsReadyAndSaysNothingIsNotWaitedForInVain(String part) throws Exception {
    CountDownLatch asked = new CountDownLatch(3);
    try (RawServer server =
            new RawServer(talk -> {
              var _ = talk.request();
              talk.say(part);
              asked.countDown();
              talk.awaitEnd();
            });
        HttpTarget target = target(server.url("http"), 1, LONG, SHORT)) {
      Thread ender =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  asked.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                stopped.set(true);
              });
      String text = assertThrows(IOException.class, target::awaitReady).getMessage();
      assertEquals(
          "the edge at "
              + server.url("http")
              + " was not ready before the end was asked for: it does not answer",
          text);
      ender.join();
    }
  }
}
