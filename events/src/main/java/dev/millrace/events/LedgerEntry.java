package dev.millrace.events;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;

/// One line of a ledger: exactly what was sent and acknowledged of one series in one second of
/// event time. It is the truth that window rows are compared with, so nothing in it is estimated.
///
/// @param second start of the second, epoch milliseconds
/// @param service service name
/// @param route route
/// @param requests events that Kafka acknowledged
/// @param unknown events whose fate is not known (a send that timed out): each may or may not be in
///   Kafka, and is in none of the other figures
/// @param errors status 500 and above
/// @param clientErrors status 400 to 499
/// @param bytes sum of the answers' sizes
/// @param durationUs exact, not sketched; null if no event carried a duration
public record LedgerEntry(
    @JsonProperty("second") long second,
    @JsonProperty("service") String service,
    @JsonProperty("route") String route,
    @JsonProperty("requests") long requests,
    @JsonProperty("unknown") long unknown,
    @JsonProperty("errors") long errors,
    @JsonProperty("client_errors") long clientErrors,
    @JsonProperty("bytes") long bytes,
    @JsonProperty("duration_us") DurationStats durationUs) {

  /// The series that this line is about.
  @JsonIgnore
  public Series series() {
    return new Series(service, route);
  }
}
