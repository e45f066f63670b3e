package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OutageTest {
  private long nanos = 7;
  private final Outage outage = new Outage(() -> nanos);

  private void fail() {
    outage.failed(new StoreBusyException("away", null));
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  @Test
  void thereIsNoneAtFirst() {
    assertFalse(outage.isOn());
    assertEquals(Optional.empty(), outage.cause());
    outage.over();
    assertFalse(outage.isOn());
  }

  @Test
  void triesLessOftenTheLongerItTakes() {
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      fail();
      pauses.add(outage.untilNextTry().toMillis());
      pass(outage.untilNextTry());
      assertTrue(outage.untilNextTry().isZero());
    }
    assertEquals(List.of(50L, 100L, 200L, 400L, 800L, 1600L, 2000L, 2000L), pauses);
  }

  @Test
  void saysWhyAndForHowLongAndForgetsItWhenItIsOver() {
    fail();
    assertEquals(Optional.of("away, for 0 s now"), outage.cause());
    pass(Duration.ofSeconds(75));
    fail();
    assertEquals(Optional.of("away, for 75 s now"), outage.cause());
    outage.over();
    assertEquals(Optional.empty(), outage.cause());
    pass(Duration.ofSeconds(9));
    fail();
    assertEquals(Optional.of("away, for 0 s now"), outage.cause());
    assertEquals(50, outage.untilNextTry().toMillis());
  }
}
