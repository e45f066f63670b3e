package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class RetryTest {
  private final List<Duration> pauses = new ArrayList<>();
  private long nanos;

  private final Retry retry =
      new Retry(
          pause -> {
            pauses.add(pause);
            nanos += pause.toNanos();
            return false;
          },
          () -> nanos);

  @Test
  void returnsWhatTheWorkReturns() {
    assertEquals("done", retry.whileBusy(() -> "done"));
    assertEquals(List.of(), pauses);
  }

  @Test
  void waitsLongerEachTime() {
    assertEquals("done", retry.whileBusy(busyTimes(8)));
    assertEquals(
        List.of(50L, 100L, 200L, 400L, 800L, 1600L, 2000L, 2000L),
        pauses.stream().map(Duration::toMillis).toList());
    assertEquals(Optional.empty(), retry.waitingFor());
  }

  @Test
  void givesUpAfterTheLimit() {
    SinkException end =
        assertThrows(SinkException.class, () -> retry.whileBusy(busyTimes(Integer.MAX_VALUE)));
    assertFalse(end instanceof StoreBusyException);
    assertTrue(Duration.ofNanos(nanos).compareTo(Retry.LIMIT.plusSeconds(2)) <= 0);
    assertEquals("locked, for 61 s now: end that program", end.getMessage());
  }

  @Test
  void saysWhatItWaitsFor() {
    List<Optional<String>> seen = new ArrayList<>();
    Retry[] self = new Retry[1];
    self[0] =
        new Retry(
            _ -> {
              seen.add(self[0].waitingFor());
              return false;
            },
            () -> 0);
    self[0].whileBusy(busyTimes(1));
    assertEquals(List.of(Optional.of("locked")), seen);
  }

  @Test
  void stopsWhenThePauseSaysSo() {
    Retry stopping = new Retry(_ -> true, () -> 0);
    assertThrows(StoreBusyException.class, () -> stopping.whileBusy(busyTimes(1)));
  }

  @Test
  void otherFailuresAreNotTriedAgain() {
    assertThrows(
        StaleWriterException.class,
        () ->
            retry.whileBusy(() -> {
              throw new StaleWriterException("stale");
            }));
    assertEquals(List.of(), pauses);
  }

  private static Supplier<String> busyTimes(int times) {
    int[] left = {times};
    return () -> {
      if (left[0]-- > 0) {
        throw new StoreBusyException("locked", null);
      }
      return "done";
    };
  }
}
