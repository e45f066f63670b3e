package dev.millrace.sink;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/// What every series did over a span of time, in steps for its sparkline: what the page's table is
/// made from.
///
/// @param from epoch milliseconds, inclusive
/// @param to epoch milliseconds, exclusive
/// @param stepMs length of a step
/// @param durationsMs over how long the percentiles are taken, up to `to`: all of the span, with
///   the histograms merged, or its newest ten-second window
/// @param series in no particular order, rollups included
record SeriesTable(
    @JsonProperty("from") long from,
    @JsonProperty("to") long to,
    @JsonProperty("step_ms") long stepMs,
    @JsonProperty("durations_ms") long durationsMs,
    @JsonProperty("series") List<Line> series) {

  /// One series.
  ///
  /// @param service its service
  /// @param route its route
  /// @param requests how many, by step
  /// @param errors of these, with status 500 and above, by step; null for none at all
  /// @param p50 whole microseconds, null if no request carried a duration
  /// @param p99 likewise
  record Line(
      @JsonProperty("service") String service,
      @JsonProperty("route") String route,
      @JsonProperty("requests") List<Long> requests,
      @JsonProperty("errors") List<Long> errors,
      @JsonProperty("p50") Long p50,
      @JsonProperty("p99") Long p99) {}
}
