package dev.millrace.sink;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/// What one series did over a span of time, step by step: what the page's charts are drawn from.
/// The lists have one entry for each step that has a window, by time; durations are whole
/// microseconds, null where no request carried one.
///
/// @param service of the series
/// @param route of the series
/// @param from epoch milliseconds, inclusive
/// @param to epoch milliseconds, exclusive
/// @param coveredTo end of what the steps count, epoch milliseconds: a last step of several minutes
///   may not be over yet, and a rate is over the part up to here
/// @param newestEnd end of the newest one-second window of all; null if there is none
/// @param stepMs length of a step: of a window, or of several whose histograms were merged
/// @param start of each step, epoch milliseconds
/// @param requests how many
/// @param errors of these, with status 500 and above
/// @param clientErrors of these, with status 400 to 499
/// @param late of these, those that came after the row had been final
/// @param p50 the median
/// @param p90 the 90th percentile
/// @param p99 the 99th percentile
/// @param p999 the 99.9th percentile
/// @param heatStepMs length of a column of the heat map, a multiple of a step
/// @param heat the columns, as [HeatColumn#line(long)] writes them
record Course(
    @JsonProperty("service") String service,
    @JsonProperty("route") String route,
    @JsonProperty("from") long from,
    @JsonProperty("to") long to,
    @JsonProperty("covered_to") long coveredTo,
    @JsonProperty("newest_end") Long newestEnd,
    @JsonProperty("step_ms") long stepMs,
    @JsonProperty("start") List<Long> start,
    @JsonProperty("requests") List<Long> requests,
    @JsonProperty("errors") List<Long> errors,
    @JsonProperty("client_errors") List<Long> clientErrors,
    @JsonProperty("late") List<Long> late,
    @JsonProperty("p50") List<Long> p50,
    @JsonProperty("p90") List<Long> p90,
    @JsonProperty("p99") List<Long> p99,
    @JsonProperty("p999") List<Long> p999,
    @JsonProperty("heat_step_ms") long heatStepMs,
    @JsonProperty("heat") List<long[]> heat) {}
