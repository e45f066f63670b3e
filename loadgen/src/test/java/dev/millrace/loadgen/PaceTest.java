package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaceTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1, 3, 1_000, 20_000, 333_333.3})
  void aRunHasRateTimesDurationEvents(double rate) {
    assertEquals(Math.ceil(rate * 60), new Pace(rate).total(60 * SECOND));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1, 3, 1_000, 20_000, 333_333.3})
  void eachEventIsDueAtItsTimeAndNotBefore(double rate) {
    Pace pace = new Pace(rate);
    for (long index = 0; index < 100_000; index += 1 + index / 10) {
      long due = pace.dueNanos(index);
      assertTrue(pace.due(due) > index, "due at its time: " + index);
      assertTrue(index == 0 || pace.due(due - 2) <= index, "not due before: " + index);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 1_000, 333_333.3})
  void eventsAreEvenlySpaced(double rate) {
    Pace pace = new Pace(rate);
    for (long index = 0; index < 1_000; index++) {
      double gap = pace.dueNanos(index + 1) - pace.dueNanos(index);
      assertEquals(SECOND / rate, gap, 1);
    }
  }
}
