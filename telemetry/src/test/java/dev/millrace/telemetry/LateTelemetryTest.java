package dev.millrace.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class LateTelemetryTest {
  private final AtomicInteger made = new AtomicInteger();
  private final CountDownLatch ready = new CountDownLatch(1);
  private final LateTelemetry telemetry =
      new LateTelemetry(to -> {
        made.incrementAndGet();
        to.own(set -> set.gauge("millrace_test_level", "A level.", 7));
        ready.countDown();
      });

  private String text() {
    return new String(telemetry.scrape(null).body(), StandardCharsets.UTF_8);
  }

  @Test
  void isMadeByTheFirstScrapeAndOnce() {
    assertEquals(0, made.get());
    assertTrue(text().contains("\nmillrace_test_level 7.0\n"));
    text();
    assertEquals(1, made.get());
    telemetry.close();
  }

  @Test
  void canBeMadeAheadInAnotherThread() throws Exception {
    telemetry.prepare();
    assertTrue(ready.await(60, TimeUnit.SECONDS));
    text();
    assertEquals(1, made.get());
    telemetry.close();
  }

  /// A thread left over would keep what it looks at for as long as the process lives.
  @Test
  void closingEndsItsThread() throws Exception {
    // No broker is needed: it is what looks for new metrics of a client.
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", "127.0.0.1:1"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      LateTelemetry ofProducer = new LateTelemetry(to -> to.kafka(producer));
      Set<Thread> before = threads();
      ofProducer.scrape(null);
      Set<Thread> own = threads();
      own.removeAll(before);
      assertEquals(1, own.size());
      ofProducer.close();
      Thread thread = own.iterator().next();
      assertTrue(thread.join(Duration.ofSeconds(60)), "the thread has not ended");
      assertThrows(StoppingException.class, () -> ofProducer.scrape(null));
    }
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("millrace-telemetry"))
        .collect(Collectors.toCollection(HashSet::new));
  }

  @Test
  void nothingIsMadeOnceItIsClosed() {
    telemetry.close();
    assertThrows(StoppingException.class, this::text);
    assertEquals(0, made.get());
  }

  /// Half of the figures would be taken for all.
  @Test
  void oneThatCouldNotBeSetUpIsMadeAgain() {
    AtomicInteger tries = new AtomicInteger();
    try (LateTelemetry second =
        new LateTelemetry(to -> {
          if (tries.incrementAndGet() == 1) {
            throw new IllegalStateException("not now");
          }
          to.own(set -> set.gauge("millrace_test_level", "A level.", 7));
        })) {
      assertThrows(IllegalStateException.class, () -> second.scrape(null));
      String text = new String(second.scrape(null).body(), StandardCharsets.UTF_8);
      assertTrue(text.contains("\nmillrace_test_level 7.0\n"), text);
    }
  }
}
