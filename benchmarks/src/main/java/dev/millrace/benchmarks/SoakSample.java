package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/// What was seen of the pipeline in an interval of a soak.
///
/// @param atS the interval's end, seconds since the load began
/// @param fromMs its beginning, epoch milliseconds
/// @param toMs its end, epoch milliseconds
/// @param acknowledgedPerS events that came to be in Kafka
/// @param lag events that the processor has not committed, the mean of all looks
/// @param lagMax the same, the most
/// @param e2eP99Us from an event being due to the first row of its window, microseconds; null if no
///   sampled event had a row in the interval
/// @param parts what each held at the end
record SoakSample(
    @JsonProperty("at_s") double atS,
    @JsonProperty("from_ms") long fromMs,
    @JsonProperty("to_ms") long toMs,
    @JsonProperty("acknowledged_per_s") double acknowledgedPerS,
    @JsonProperty("lag") double lag,
    @JsonProperty("lag_max") long lagMax,
    @JsonProperty("e2e_p99_us") Double e2eP99Us,
    @JsonProperty("parts") Map<String, Held> parts) {

  /// @param residentBytes memory
  /// @param threads of the operating system
  /// @param descriptors open ones
  record Held(
      @JsonProperty("rss_bytes") long residentBytes,
      @JsonProperty("threads") long threads,
      @JsonProperty("descriptors") long descriptors) {}

  SoakSample withE2eP99Us(Double us) {
    return new SoakSample(atS, fromMs, toMs, acknowledgedPerS, lag, lagMax, us, parts);
  }
}
