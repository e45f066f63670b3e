package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrowthTest {
  private static final long MIB = 1 << 20;

  private static Usage usage(long pid, int threads, long descriptors, long heapMib) {
    return new Usage(pid, threads, descriptors, heapMib * MIB);
  }

  private static List<String> excesses(Usage... usages) {
    return new Growth("sink", Arrays.asList(usages)).excesses();
  }

  @Test
  void whatStaysWithinItsBoundsIsNoGrowth() {
    assertEquals(List.of(), excesses(usage(7, 50, 200, 40)));
    assertEquals(List.of(), excesses(usage(7, 50, 200, 40), usage(7, 70, 400, 108)));
    // What was there meanwhile, and is no more.
    assertEquals(
        List.of(), excesses(usage(7, 50, 200, 40), usage(7, 500, 900, 200), usage(7, 50, 200, 40)));
  }

  @Test
  void eachKindOfGrowthIsToldWithWhatWasSeen() {
    assertEquals(
        List.of("sink, process 7: 50, 60, 71 threads"),
        excesses(usage(7, 50, 200, 40), usage(7, 60, 200, 40), usage(7, 71, 200, 40)));
    assertEquals(
        List.of("sink, process 7: 200, 401 descriptors"),
        excesses(usage(7, 50, 200, 40), usage(7, 50, 401, 40)));
    assertEquals(
        List.of("sink, process 7: 40, 109 MiB of live heap"),
        excesses(usage(7, 50, 200, 40), usage(7, 50, 200, 109)));
  }

  @Test
  void aProcessThatHadGrownBeforeItWasKilledIsFound() {
    assertEquals(
        List.of("sink, process 7: 50, 80 threads"),
        excesses(usage(7, 50, 200, 40), usage(7, 80, 200, 40), usage(8, 50, 200, 40)));
  }

  @Test
  void aNewProcessThatFindsMoreToHoldIsFound() {
    assertEquals(
        List.of("sink, of which 3 processes were looked at: 40, 80, 130 MiB of live heap"),
        excesses(usage(7, 50, 200, 40), usage(8, 50, 200, 80), usage(9, 50, 200, 130)));
  }

  @Test
  void whatRisesAtEachLookHasHalfOfTheRoom() {
    assertEquals(
        List.of("sink, process 7: 50, 53, 55, 58, 61 threads, more at each look"),
        excesses(
            usage(7, 50, 200, 40),
            usage(7, 53, 200, 40),
            usage(7, 55, 200, 40),
            usage(7, 58, 200, 40),
            usage(7, 61, 200, 40)));
    // Once it did not rise.
    assertEquals(
        List.of(),
        excesses(
            usage(7, 50, 200, 40),
            usage(7, 53, 200, 40),
            usage(7, 53, 200, 40),
            usage(7, 58, 200, 40),
            usage(7, 61, 200, 40)));
    // Too few looks to tell.
    assertEquals(
        List.of(),
        excesses(
            usage(7, 50, 200, 40),
            usage(7, 53, 200, 40),
            usage(7, 58, 200, 40),
            usage(7, 61, 200, 40)));
  }

  @Test
  void onlyProcessesThatWereLookedAtTwiceAreCounted() {
    assertEquals(
        1,
        Growth.processes(
            List.of(
                new Growth(
                    "sink", List.of(usage(7, 1, 1, 1), usage(8, 1, 1, 1), usage(8, 1, 1, 1))))));
  }
}
