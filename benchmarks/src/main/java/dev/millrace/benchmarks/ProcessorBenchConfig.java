package dev.millrace.benchmarks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What [ProcessorBench] is to measure.
///
/// @param events in the backlog
/// @param textbookEvents how many of these the textbook topology gets, which is slow; at most all
/// @param tunedEvents the same for the tuned topology
/// @param partitions of the backlog
/// @param series how many there are; see [#services()]
/// @param contestants who takes part
/// @param rounds how often each of them has its turn
/// @param data folder for the data, which is deleted at the end
public record ProcessorBenchConfig(
    long events,
    long textbookEvents,
    long tunedEvents,
    int partitions,
    int series,
    Set<Contestant> contestants,
    int rounds,
    Path data) {
  private static final long MIN_EVENTS = 1_000;
  private static final long MAX_EVENTS = 10_000_000_000L;
  private static final int MAX_SERIES = 1_000_000;

  /// @throws IllegalArgumentException naming option, value and range
  public ProcessorBenchConfig {
    range("--events", events, MIN_EVENTS, MAX_EVENTS);
    range("--textbook-events", textbookEvents, MIN_EVENTS, MAX_EVENTS);
    range("--tuned-events", tunedEvents, MIN_EVENTS, MAX_EVENTS);
    range("--partitions", partitions, 1, 1_000);
    range("--series", series, 1, MAX_SERIES);
    range("--rounds", rounds, 1, 100);
    textbookEvents = Math.min(events, textbookEvents);
    tunedEvents = Math.min(events, tunedEvents);
    contestants = Collections.unmodifiableSet(EnumSet.copyOf(contestants));
  }

  /// @param names who takes part; all if empty
  public static Set<Contestant> contestants(Collection<String> names) {
    List<Contestant> chosen =
        names.isEmpty()
            ? Arrays.asList(Contestant.values())
            : names.stream().map(Contestant::named).toList();
    return EnumSet.copyOf(chosen);
  }

  private static void range(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(option + " " + value + ": must be " + min + " to " + max);
    }
  }

  /// How many events a contestant gets.
  long eventsOf(Contestant contestant) {
    return switch (contestant) {
      case TEXTBOOK -> textbookEvents;
      case TUNED -> tunedEvents;
      case MILLRACE_EOS, MILLRACE_ALOS, CONSUMER -> events;
    };
  }

  /// Services whose routes make up the series, about four times as many as each has routes: 100
  /// series are 20 services of 5 routes, 10,000 are 200 of 50.
  int services() {
    int services = Math.max(1, (int) (2 * Math.sqrt(series)));
    while (series % services != 0) {
      services--;
    }
    return services;
  }

  int routes() {
    return series / services();
  }
}
