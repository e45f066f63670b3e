package dev.millrace.sink;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.DurationStats;
import dev.millrace.events.WindowSummary;
import java.util.List;

/// Rows that the sink has just written, as the page's stream tells them.
///
/// @param rows windows of seconds and of tens of seconds, of all series
/// @param heat columns of the heat map of the one series that the listener looks at, as
///   [HeatColumn#line(long)] writes them, one for each of its seconds
record LiveRows(@JsonProperty("rows") List<Row> rows, @JsonProperty("heat") List<long[]> heat) {

  /// One window; durations in whole microseconds, null if no request carried one.
  record Row(
      @JsonProperty("size_ms") long sizeMs,
      @JsonProperty("start") long start,
      @JsonProperty("service") String service,
      @JsonProperty("route") String route,
      @JsonProperty("requests") long requests,
      @JsonProperty("errors") long errors,
      @JsonProperty("client_errors") long clientErrors,
      @JsonProperty("late") long late,
      @JsonProperty("p50") Long p50,
      @JsonProperty("p90") Long p90,
      @JsonProperty("p99") Long p99,
      @JsonProperty("p999") Long p999) {
    static Row of(WindowSummary row) {
      return new Row(
          row.windowSizeMs(),
          row.windowStart(),
          row.service(),
          row.route(),
          row.requests(),
          row.errors(),
          row.clientErrors(),
          row.late(),
          CourseQuery.micros(row.durationUs(), DurationStats::p50),
          CourseQuery.micros(row.durationUs(), DurationStats::p90),
          CourseQuery.micros(row.durationUs(), DurationStats::p99),
          CourseQuery.micros(row.durationUs(), DurationStats::p999));
    }
  }
}
