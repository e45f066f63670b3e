package dev.millrace.events;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/// One row of result: what one series did in one window of event time.
///
/// @param windowStart epoch milliseconds, inclusive
/// @param windowSizeMs length of the window
/// @param service service name, `*` in a rollup
/// @param route route, `*` in a rollup
/// @param requests how many
/// @param errors of these, with status 500 and above
/// @param clientErrors of these, with status 400 to 499
/// @param bytes sum of the answers' sizes
/// @param ratePerS requests a second
/// @param durationUs latency; null if no request carried a duration
/// @param histogram the sketch behind it, mergeable with others; null with `durationUs`
/// @param late how many of the requests came after the row had been final
/// @param revision counts up when a row is sent again after it was final; of rows with one revision
///   the last one on the topic holds
/// @param isFinal whether the window is closed, as far as the processor can know
@JsonPropertyOrder({
  "window_start",
  "window_size_ms",
  "service",
  "route",
  "requests",
  "errors",
  "client_errors",
  "bytes",
  "rate_per_s",
  "duration_us",
  "histogram",
  "late",
  "revision",
  "final"
})
public record WindowSummary(
    @JsonProperty("window_start") long windowStart,
    @JsonProperty("window_size_ms") long windowSizeMs,
    @JsonProperty("service") String service,
    @JsonProperty("route") String route,
    @JsonProperty("requests") long requests,
    @JsonProperty("errors") long errors,
    @JsonProperty("client_errors") long clientErrors,
    @JsonProperty("bytes") long bytes,
    @JsonProperty("rate_per_s") double ratePerS,
    @JsonProperty("duration_us") DurationStats durationUs,
    @JsonProperty("histogram") ExponentialHistogram histogram,
    @JsonProperty("late") long late,
    @JsonProperty("revision") int revision,
    @JsonProperty("final") boolean isFinal) {

  /// The series that this row is about.
  @JsonIgnore
  public Series series() {
    return new Series(service, route);
  }
}
