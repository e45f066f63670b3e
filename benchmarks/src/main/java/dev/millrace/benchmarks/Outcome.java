package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Comparator;
import java.util.List;

/// What was measured of a contestant: the run in the middle of several, as it was, and what all of
/// them reached. Figures that could not be had are null.
///
/// @param name the contestant's
/// @param events how many it read
/// @param series in how many series
/// @param seconds from the start of its process until all was done and committed
/// @param eventsPerS over these
/// @param steadyEventsPerS without warm-up and end, see [Timeline]
/// @param first3sEvents done 3 s after the start of its process
/// @param cpuSPerMillion seconds of processor time for a million events
/// @param brokerCpuSPerMillion the same, of the broker
/// @param peakRssBytes the most memory resident
/// @param counted requests in its rows; null if it makes none
/// @param correct whether these are its events; null if it makes none
/// @param runs events a second of each run, in order
/// @param steadyRuns the same, steady
record Outcome(
    @JsonProperty("name") String name,
    @JsonProperty("events") long events,
    @JsonProperty("series") int series,
    @JsonProperty("seconds") double seconds,
    @JsonProperty("events_per_s") double eventsPerS,
    @JsonProperty("steady_events_per_s") Double steadyEventsPerS,
    @JsonProperty("first_3s_events") long first3sEvents,
    @JsonProperty("cpu_s_per_million") double cpuSPerMillion,
    @JsonProperty("broker_cpu_s_per_million") double brokerCpuSPerMillion,
    @JsonProperty("peak_rss_bytes") Long peakRssBytes,
    @JsonProperty("counted") Long counted,
    @JsonProperty("correct") Boolean correct,
    @JsonProperty("runs_events_per_s") List<Double> runs,
    @JsonProperty("runs_steady_events_per_s") List<Double> steadyRuns) {

  /// One contestant's runs as one; of an even number, the slower one of the middle. One wrong run
  /// makes all of it wrong.
  static Outcome of(List<Outcome> rounds) {
    List<Outcome> ranked =
        rounds.stream().sorted(Comparator.comparingDouble(Outcome::eventsPerS)).toList();
    Outcome middle =
        rounds.stream()
            .filter(round -> Boolean.FALSE.equals(round.correct()))
            .findFirst()
            .orElse(ranked.get((ranked.size() - 1) / 2));
    return new Outcome(
        middle.name,
        middle.events,
        middle.series,
        middle.seconds,
        middle.eventsPerS,
        middle.steadyEventsPerS,
        middle.first3sEvents,
        middle.cpuSPerMillion,
        middle.brokerCpuSPerMillion,
        middle.peakRssBytes,
        middle.counted,
        middle.correct,
        rounds.stream().map(Outcome::eventsPerS).toList(),
        rounds.stream().map(Outcome::steadyEventsPerS).toList());
  }
}
