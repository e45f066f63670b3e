package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
  private static final List<String> KILLS = List.of("kill-processor", "kill-sink", "cut");

  private static Stream<String> names() {
    return Faults.all().stream().map(Fault::name);
  }

  private static DrillConfig config(
      List<String> faults, Duration duration, double rate, int brokers) {
    return new DrillConfig(
        faults, duration, 1, rate, brokers, Path.of("x"), "Main", "Node", false, true);
  }

  private static DrillConfig config(
      List<String> faults, Duration duration, long seed, boolean postgres, boolean mayMount) {
    return new DrillConfig(
        faults, duration, seed, 20, 1, Path.of("x"), "Main", "Node", postgres, mayMount);
  }

  private static Schedule plan(List<String> faults, int brokers, Duration duration, long seed) {
    return new DrillConfig(
            faults, duration, seed, 20, brokers, Path.of("x"), "Main", "Node", false, true)
        .schedule();
  }

  @Test
  void sameSeedSameSchedule() {
    assertEquals(
        plan(List.of(Faults.MIX), 1, Duration.ofMinutes(20), 7),
        plan(List.of(Faults.MIX), 1, Duration.ofMinutes(20), 7));
  }

  @Test
  void anotherSeedAnotherSchedule() {
    assertNotEquals(
        plan(KILLS, 1, Duration.ofMinutes(5), 7), plan(KILLS, 1, Duration.ofMinutes(5), 8));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void everyFaultIsThereOneAtATimeAndWithinTheLoad(long seed) {
    Duration duration = Duration.ofMinutes(2);
    List<Schedule.Step> steps = plan(KILLS, 1, duration, seed).steps();
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
      DrillConfig without = config(List.of(name), Duration.ofMinutes(3), seed, false, true);
      DrillConfig config =
          without.targets(fault).isEmpty()
              ? config(List.of(name), Duration.ofMinutes(3), seed, true, true)
              : without;
      for (Schedule.Step step : config.schedule().steps()) {
        assertTrue(config.targets(fault).contains(step.target()), step.toString());
        assertTrue(step.forMs() >= fault.least().toMillis(), step.toString());
        assertTrue(step.forMs() <= fault.most().toMillis(), step.toString());
        assertTrue(step.calmMs() >= fault.calm().toMillis(), step.toString());
      }
    }
  }

  @Test
  void ofThreeBrokersTheSeedChoosesOne() {
    Set<String> targets =
        IntStream.range(0, 20)
            .mapToObj(seed ->
                plan(
                    List.of("kill-broker", "pause-broker", "broker-away"),
                    3,
                    Duration.ofMinutes(5),
                    seed))
            .flatMap(schedule -> schedule.steps().stream())
            .map(Schedule.Step::target)
            .collect(Collectors.toSet());
    assertEquals(Set.of("broker-1", "broker-2", "broker-3"), targets);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theControllerIsFoundOnlyWhenItIsKilled(int brokers) {
    Schedule schedule = plan(List.of("kill-controller"), brokers, Duration.ofMinutes(2), 1);
    assertTrue(schedule.steps().stream().allMatch(step -> step.target().equals("controller")));
  }

  @Test
  void aRollingRestartIsOfAllAndLeavesTimeForWhatItTakes() {
    Schedule schedule = plan(List.of("rolling-restart", "cut"), 3, Duration.ofMinutes(4), 1);
    for (Schedule.Step step : schedule.steps()) {
      if (step.fault().equals("rolling-restart")) {
        assertEquals("", step.target());
        assertEquals(90_000, step.forMs());
      }
    }
    assertTrue(schedule.steps().stream().anyMatch(step -> step.fault().equals("rolling-restart")));
  }

  @ParameterizedTest
  @ValueSource(ints = {-3, 0, 2, 4})
  void anotherNumberOfBrokersIsRefused(int brokers) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> config(List.of("cut"), Duration.ofMinutes(2), 2_000, brokers))
            .getMessage();
    assertTrue(message.startsWith("--brokers " + brokers + ": must be 1, or 3"), message);
  }

  @ParameterizedTest
  @CsvSource({
    "false, true, 'database-away, kill-database, kill-sink-writing'",
    "true, true, ''",
    "false, false, 'database-away, disk-full, kill-database, kill-sink-writing'"
  })
  void aLongMixHasAllFaultsButThoseThatNeedWhatIsNotThere(
      boolean postgres, boolean mayMount, String missing) {
    DrillConfig config = config(List.of(Faults.MIX), Duration.ofMinutes(30), 1, postgres, mayMount);
    Set<String> left = missing.isEmpty() ? Set.of() : Set.of(missing.split(", "));
    Set<String> all =
        config.schedule().steps().stream().map(Schedule.Step::fault).collect(Collectors.toSet());
    assertEquals(names().filter(name -> !left.contains(name)).collect(Collectors.toSet()), all);
    assertEquals(
        left,
        config.leftOut().stream()
            .map(line -> line.substring(0, line.indexOf(' ')))
            .collect(Collectors.toSet()));
  }

  @ParameterizedTest
  @CsvSource({
    "database-away, false, true, --postgres",
    "kill-database, false, true, --postgres",
    "kill-sink-writing, false, true, --postgres",
    "disk-full, false, false, 'the right to mount a small file system, as root has it'",
    "disk-full, true, false, 'the right to mount a small file system, as root has it'"
  })
  void whatCannotBeBrokenIsRefusedAndSaysWhatItNeeds(
      String name, boolean postgres, boolean mayMount, String need) {
    DrillConfig config = config(List.of("cut", name), Duration.ofMinutes(3), 1, postgres, mayMount);
    String message = assertThrows(IllegalArgumentException.class, config::schedule).getMessage();
    assertEquals("--faults " + name + ": needs " + need, message);
    assertEquals(List.of(), config.leftOut());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theLinkToTheDatabaseIsBrokenWhereThereIsOne(boolean postgres) {
    List<String> targets =
        config(List.of("cut"), Duration.ofMinutes(3), 1, postgres, true)
            .targets(Faults.named("cut"));
    assertEquals(postgres, targets.contains("sink → database"));
    assertTrue(targets.contains("sink → broker"));
  }

  @Test
  void aMixThatIsShortHasWhatFits() {
    List<Schedule.Step> steps = plan(List.of(Faults.MIX), 1, Duration.ofSeconds(30), 1).steps();
    assertFalse(steps.isEmpty());
  }

  @Test
  void aMixThatWouldBreakNothingIsRefused() {
    // Which seeds they are changes with every fault that is added.
    Set<String> refusals = new HashSet<>();
    for (int seed = 0; seed < 1_000; seed++) {
      try {
        Schedule plan = plan(List.of(Faults.MIX), 1, Duration.ofSeconds(20), seed);
        assertFalse(plan.steps().isEmpty());
      } catch (IllegalArgumentException e) {
        refusals.add(e.getMessage());
      }
    }
    assertEquals(Set.of("--duration 20s: too short for any fault of this seed's"), refusals);
  }

  @Test
  void theExampleOfTheHelpFitsWithAnySeed() {
    for (long seed = 0; seed < 200; seed++) {
      plan(List.of("kill-processor", "broker-away"), 1, Duration.ofMinutes(2), seed);
    }
  }

  @Test
  void theCommandThatRepeatsItHasEveryDigit() {
    assertEquals(
        "millrace drill --faults cut --duration 90500ms --seed 1 --rate 40.25",
        config(List.of("cut"), Duration.ofMillis(90_500), 40.25, 1).command());
    assertEquals(
        "millrace drill --faults cut --duration 90500ms --seed 1 --rate 40 --brokers 3",
        config(List.of("cut"), Duration.ofMillis(90_500), 40, 3).command());
    assertEquals(
        "millrace drill --faults cut --duration 60000ms --seed 1 --rate 20 --postgres",
        config(List.of("cut"), Duration.ofMinutes(1), 1, true, true).command());
  }

  @Test
  void tooShortForAllIsRefusedAndSaysWhatWouldDo() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> plan(List.of("broker-away"), 1, Duration.ofSeconds(60), 1));
    assertEquals(
        "--duration 60s: too short for broker-away, which take up to 98s together", e.getMessage());
    plan(List.of("broker-away"), 1, Duration.ofSeconds(98), 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kill-procesor", "mix,cut", ""})
  void wrongNamesAreRefused(String names) {
    List<String> faults = names.isEmpty() ? List.of() : List.of(names.split(","));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> config(faults, Duration.ofMinutes(2), 2_000, 1))
            .getMessage();
    assertTrue(message.startsWith("--faults"), message);
  }

  @Test
  void moreEventsThanCanBeJudgedAreRefused() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> config(List.of("cut"), Duration.ofMinutes(20), 2_000, 1))
            .getMessage();
    assertTrue(message.contains("2,000,000"), message);
  }
}
