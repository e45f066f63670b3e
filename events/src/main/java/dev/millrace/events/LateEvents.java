package dev.millrace.events;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/// Events that came too late to be in a row. A record counts what has come since the one before:
/// the sum over all records of a window and series is how many its row lacks.
///
/// @param windowStart epoch milliseconds, inclusive, of the one-second window they belong to
/// @param windowSizeMs length of the window
/// @param service service name, `*` in a rollup
/// @param route route, `*` in a rollup
/// @param requests how many
@JsonPropertyOrder({"window_start", "window_size_ms", "service", "route", "requests"})
public record LateEvents(
    @JsonProperty("window_start") long windowStart,
    @JsonProperty("window_size_ms") long windowSizeMs,
    @JsonProperty("service") String service,
    @JsonProperty("route") String route,
    @JsonProperty("requests") long requests) {

  /// The series that they belong to.
  @JsonIgnore
  public Series series() {
    return new Series(service, route);
  }
}
