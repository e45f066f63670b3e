package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
  private static final List<String> KILLS = List.of("kill-processor", "kill-sink", "cut");

  private static Stream<String> names() {
    return Faults.all().stream().map(Fault::name);
  }

  @Test
  void sameSeedSameSchedule() {
    assertEquals(
        Schedule.plan(List.of(Faults.MIX), Duration.ofMinutes(20), 7),
        Schedule.plan(List.of(Faults.MIX), Duration.ofMinutes(20), 7));
  }

  @Test
  void anotherSeedAnotherSchedule() {
    assertNotEquals(
        Schedule.plan(KILLS, Duration.ofMinutes(5), 7),
        Schedule.plan(KILLS, Duration.ofMinutes(5), 8));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void everyFaultIsThereOneAtATimeAndWithinTheLoad(long seed) {
    Duration duration = Duration.ofMinutes(2);
    List<Schedule.Step> steps = Schedule.plan(KILLS, duration, seed).steps();
    assertEquals(
        Set.copyOf(KILLS), steps.stream().map(Schedule.Step::fault).collect(Collectors.toSet()));
    assertTrue(steps.getFirst().atMs() >= Schedule.FIRST_MS);
    IntStream.range(1, steps.size())
        .forEach(i -> {
          Schedule.Step before = steps.get(i - 1);
          assertEquals(before.endMs() + before.calmMs(), steps.get(i).atMs());
        });
    assertTrue(steps.getLast().endMs() + steps.getLast().calmMs() <= duration.toMillis());
  }

  @ParameterizedTest
  @MethodSource("names")
  void eachFaultKeepsToWhatItSaysOfItself(String name) {
    Fault fault = Faults.named(name);
    for (int seed = 0; seed < 20; seed++) {
      for (Schedule.Step step : Schedule.plan(List.of(name), Duration.ofMinutes(3), seed).steps()) {
        assertTrue(fault.targets().contains(step.target()), step.toString());
        assertTrue(step.forMs() >= fault.least().toMillis(), step.toString());
        assertTrue(step.forMs() <= fault.most().toMillis(), step.toString());
        assertTrue(step.calmMs() >= fault.calm().toMillis(), step.toString());
      }
    }
  }

  @Test
  void aLongMixHasAllFaults() {
    Set<String> all =
        Schedule.plan(List.of(Faults.MIX), Duration.ofMinutes(30), 1).steps().stream()
            .map(Schedule.Step::fault)
            .collect(Collectors.toSet());
    assertEquals(names().collect(Collectors.toSet()), all);
  }

  @Test
  void aMixThatIsShortHasWhatFits() {
    List<Schedule.Step> steps =
        Schedule.plan(List.of(Faults.MIX), Duration.ofSeconds(30), 1).steps();
    assertFalse(steps.isEmpty());
  }

  @ParameterizedTest
  @ValueSource(longs = {67, 137, 169})
  void aMixThatWouldBreakNothingIsRefused(long seed) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> Schedule.plan(List.of(Faults.MIX), Duration.ofSeconds(20), seed))
            .getMessage();
    assertEquals("--duration 20s: too short for any fault of this seed's", message);
  }

  @Test
  void theExampleOfTheHelpFitsWithAnySeed() {
    for (long seed = 0; seed < 200; seed++) {
      Schedule.plan(List.of("kill-processor", "broker-away"), Duration.ofMinutes(2), seed);
    }
  }

  @Test
  void theCommandThatRepeatsItHasEveryDigit() {
    assertEquals(
        "millrace drill --faults cut --duration 90500ms --seed 1 --rate 40.25",
        new DrillConfig(List.of("cut"), Duration.ofMillis(90_500), 1, 40.25, Path.of("x"), "Main")
            .command());
  }

  @Test
  void tooShortForAllIsRefusedAndSaysWhatWouldDo() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Schedule.plan(List.of("broker-away"), Duration.ofSeconds(60), 1));
    assertEquals(
        "--duration 60s: too short for broker-away, which take up to 98s together", e.getMessage());
    Schedule.plan(List.of("broker-away"), Duration.ofSeconds(98), 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kill-procesor", "mix,cut", ""})
  void wrongNamesAreRefused(String names) {
    List<String> faults = names.isEmpty() ? List.of() : List.of(names.split(","));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new DrillConfig(faults, Duration.ofMinutes(2), 1, 2_000, Path.of("x"), "Main"))
            .getMessage();
    assertTrue(message.startsWith("--faults"), message);
  }

  @Test
  void moreEventsThanCanBeJudgedAreRefused() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new DrillConfig(
                        List.of("cut"), Duration.ofMinutes(20), 1, 2_000, Path.of("x"), "Main"))
            .getMessage();
    assertTrue(message.contains("2,000,000"), message);
  }
}
