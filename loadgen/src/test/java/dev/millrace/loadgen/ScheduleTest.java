package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final double NANOS_PER_S = 1e9;

  static Stream<Load> loads() {
    List<Phase> phases =
        List.of(
            new Phase.Constant(0.5, MINUTE),
            new Phase.Constant(1_000, MINUTE),
            new Phase.Constant(333_333.3, MINUTE),
            new Phase.Constant(10_000_000, Duration.ofMillis(200)),
            new Phase.Ramp(0, 2_000, MINUTE),
            new Phase.Ramp(2_000, 0, MINUTE),
            new Phase.Ramp(10, 10, MINUTE),
            new Phase.Steps(100, 1_000, 7, MINUTE),
            new Phase.Steps(0, 1_000, 2, MINUTE),
            new Phase.Spike(0, 5_000, MINUTE),
            new Phase.Spike(100, 5_000, MINUTE),
            new Phase.Sine(0, 3_000, MINUTE, MINUTE),
            new Phase.Sine(100, 3_000, Duration.ofSeconds(7), MINUTE));
    Load mixed =
        new Load(
            List.of(
                new Phase.Constant(50, Duration.ofSeconds(3)),
                new Phase.Spike(50, 900, Duration.ofSeconds(31)),
                new Phase.Ramp(50, 0, Duration.ofNanos(1_234_567_891))),
            false);
    return Stream.concat(
            phases.stream().map(phase -> new Load(List.of(phase), false)), Stream.of(mixed))
        .flatMap(load -> Stream.of(load, new Load(load.phases(), true)));
  }

  @ParameterizedTest
  @MethodSource("loads")
  void countAndTimeAreEachOthersInverse(Load load) {
    Schedule schedule = load.schedule(7);
    long index = 0;
    for (long due = schedule.dueNanos(0); due != Schedule.NEVER; due = schedule.dueNanos(index)) {
      assertTrue(schedule.due(due) > index, "due at its time: " + index);
      assertTrue(schedule.due(due - 1) <= index, "not due before: " + index);
      index += 1 + index / 20;
    }
    assertTrue(index > 1, "has events");
  }

  @ParameterizedTest
  @MethodSource("loads")
  void timesNeverGoBackAndAllAreWithinTheRun(Load load) {
    Schedule schedule = load.schedule(7);
    long last = 0;
    long total = 0;
    for (long due = schedule.dueNanos(0);
        due != Schedule.NEVER && total < 100_000;
        due = schedule.dueNanos(++total)) {
      assertTrue(due >= last && due <= schedule.lengthNanos(), "event " + total);
      last = due;
    }
  }

  @ParameterizedTest
  @MethodSource("loads")
  void thereAreAsManyEventsAsTheRateHas(Load load) {
    Schedule schedule = load.schedule(7);
    double expected = load.meanPerS() * load.duration().toNanos() / NANOS_PER_S;
    long due = schedule.due(schedule.lengthNanos());
    double spread = load.poisson() ? 6 * Math.sqrt(expected) + 2 : 1;
    assertEquals(expected, due, spread);
    assertEquals(Schedule.NEVER, schedule.dueNanos(due));
    assertEquals(due, schedule.due(schedule.lengthNanos() * 2), "nothing comes afterwards");
    assertEquals(0, schedule.due(-1));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 1_000, 333_333.3})
  void eventsOfAConstantRateAreEvenlySpaced(double rate) {
    Schedule schedule = Load.constant(rate, Duration.ofHours(1)).schedule(0);
    for (long index = 0; index < 1_000; index++) {
      double gap = schedule.dueNanos(index + 1) - schedule.dueNanos(index);
      assertEquals(NANOS_PER_S / rate, gap, 1);
    }
  }

  @Test
  void aRampHasAQuarterOfItsEventsInItsFirstHalf() {
    Schedule schedule = new Load(List.of(new Phase.Ramp(0, 1_000, MINUTE)), false).schedule(0);
    assertEquals(30_000 / 4.0, schedule.due(MINUTE.toNanos() / 2), 1);
  }

  @Test
  void aDayIsQuietAtItsEndsAndBusyInTheMiddle() {
    Phase.Sine day = new Phase.Sine(100, 1_100, MINUTE, MINUTE);
    Schedule schedule = new Load(List.of(day), false).schedule(0);
    assertEquals(100, perS(schedule, 0), 5);
    assertEquals(1_100, perS(schedule, 30), 5);
    assertEquals(600, perS(schedule, 14.5), 5);
  }

  @Test
  void stepsAreFlatAndASpikeIsHighInTheMiddle() {
    Schedule steps = new Load(List.of(new Phase.Steps(10, 40, 4, MINUTE)), false).schedule(0);
    for (int i = 0; i < 60; i++) {
      assertEquals(10 + 10 * (i / 15), perS(steps, i), 1, "second " + i);
    }
    Schedule spike = new Load(List.of(new Phase.Spike(10, 500, MINUTE)), false).schedule(0);
    assertEquals(10, perS(spike, 18), 1);
    assertEquals(500, perS(spike, 30), 1);
    assertEquals(10, perS(spike, 44), 1);
  }

  /// How many events are due in the second that begins then.
  private static double perS(Schedule schedule, double fromS) {
    long from = (long) (fromS * NANOS_PER_S);
    return schedule.due(from + (long) NANOS_PER_S) - schedule.due(from);
  }

  @Test
  void poissonArrivalsHaveGapsWithTheSpreadOfAnExponentialDistribution() {
    Schedule schedule = new Load(List.of(new Phase.Constant(1_000, MINUTE)), true).schedule(3);
    double sum = 0;
    double squares = 0;
    int count = 50_000;
    for (int i = 0; i < count; i++) {
      double gap = schedule.dueNanos(i + 1) - schedule.dueNanos(i);
      sum += gap;
      squares += gap * gap;
    }
    double mean = sum / count;
    double deviation = Math.sqrt(squares / count - mean * mean);
    assertEquals(1e6, mean, 0.02e6);
    assertEquals(1, deviation / mean, 0.02);
  }

  @Test
  void poissonArrivalsDependOnTheSeedAloneAndNotOnTheOrderOfQuestions() {
    Load load = new Load(List.of(new Phase.Constant(10_000, MINUTE)), true);
    Schedule forwards = load.schedule(3);
    Schedule backwards = load.schedule(3);
    long[] times = new long[5_000];
    for (int i = 0; i < times.length; i++) {
      times[i] = forwards.dueNanos(i);
    }
    for (int i = times.length - 1; i >= 0; i -= 7) {
      assertEquals(times[i], backwards.dueNanos(i));
    }
    assertTrue(load.schedule(4).dueNanos(100) != times[100]);
  }

  /// A counter that has been asked before looks on from there.
  @Test
  void poissonCountsAreThoseOfAFreshScheduleWhateverWasAskedBefore() {
    Load load = new Load(List.of(new Phase.Ramp(5, 20_000, MINUTE)), true);
    Schedule asked = load.schedule(3);
    for (long ms :
        new long[] {1, 900, 1_000, 5_000, 5_000, 30_000, 31_000, 4_000, 59_999, 70_000, 0}) {
      long nanos = ms * 1_000_000;
      assertEquals(load.schedule(3).due(nanos), asked.due(nanos), ms + " ms");
    }
  }

  @Test
  void aStretchedLoadHasTheSameShape() {
    Load load =
        new Load(
            List.of(
                new Phase.Constant(100, Duration.ofSeconds(10)),
                new Phase.Sine(10, 50, Duration.ofSeconds(5), Duration.ofSeconds(20))),
            false);
    Load twice = load.lasting(MINUTE);
    assertEquals(MINUTE, twice.duration());
    assertEquals(load.meanPerS(), twice.meanPerS(), 0.1);
    assertEquals(Duration.ofSeconds(10), ((Phase.Sine) twice.phases().get(1)).period());
  }

  @Test
  void asFastAsPossibleHasNoSchedule() {
    Load load = new Load(List.of(new Phase.Max(MINUTE)), false);
    assertFalse(load.isPaced());
    assertFalse(load.schedule(0).isPaced());
    assertEquals(MINUTE.toNanos(), load.schedule(0).lengthNanos());
  }
}
