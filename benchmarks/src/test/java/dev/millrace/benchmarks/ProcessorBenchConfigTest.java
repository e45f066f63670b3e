package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorBenchConfigTest {
  private static ProcessorBenchConfig config(long events, int series) {
    return new ProcessorBenchConfig(
        events,
        1_000_000,
        6_000_000,
        4,
        series,
        EnumSet.allOf(Contestant.class),
        1,
        Path.of("unused"));
  }

  @ParameterizedTest
  @CsvSource({"100, 20, 5", "10000, 200, 50", "1, 1, 1", "7, 1, 7", "1000, 50, 20"})
  void seriesAreServicesOfSomeRoutesEach(int series, int services, int routes) {
    assertEquals(services, config(1_000, series).services());
    assertEquals(routes, config(1_000, series).routes());
  }

  @Test
  void theSlowOnesGetAPart() {
    ProcessorBenchConfig config = config(24_000_000, 100);
    assertEquals(24_000_000, config.eventsOf(Contestant.MILLRACE_EOS));
    assertEquals(6_000_000, config.eventsOf(Contestant.TUNED));
    assertEquals(1_000_000, config.eventsOf(Contestant.TEXTBOOK));
  }

  @Test
  void nobodyGetsMoreThanThereIs() {
    assertEquals(20_000, config(20_000, 100).eventsOf(Contestant.TEXTBOOK));
  }

  @Test
  void refusesWhoIsUnknownAndNamesTheOthers() {
    Exception e =
        assertThrows(
            IllegalArgumentException.class,
            () -> ProcessorBenchConfig.contestants(List.of("tuned", "fast")));
    assertTrue(e.getMessage().contains("--only fast"), e.getMessage());
    assertTrue(e.getMessage().contains("millrace-eos, millrace-alos, textbook"), e.getMessage());
  }

  @Test
  void refusesTooFewEvents() {
    Exception e = assertThrows(IllegalArgumentException.class, () -> config(10, 100));
    assertTrue(e.getMessage().contains("--events 10"), e.getMessage());
  }
}
