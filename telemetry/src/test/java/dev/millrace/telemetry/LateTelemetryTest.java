package dev.millrace.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
  void closingEndsItsThreadAndNothingIsMadeAfterwards() throws Exception {
    text();
    telemetry.close();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().equals("millrace-telemetry")) {
        thread.join(60_000);
        assertFalse(thread.isAlive());
      }
    }
    assertThrows(IllegalStateException.class, this::text);
    assertEquals(1, made.get());
  }
}
