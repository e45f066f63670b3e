package dev.millrace.loadgen;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/// What a step of a search for the highest rate has shown. Its figures are of what comes after its
/// warm-up.
///
/// @param step number, from 1; 0 is a warm-up of the whole, which is not judged
/// @param purpose `warm-up`, `search`, `repeat` or `confirm`
/// @param ratePerS events a second that were due
/// @param sentPerS events a second that were sent
/// @param e2eP99Us from due to row, 99th percentile, microseconds; null if no row was seen
/// @param ackP99Us from due to acknowledged, the same
/// @param latenessP99Us from due to handed over, the same
/// @param lag mean lag of the processor, events; null if it could not be read
/// @param lagGrowth how much it has grown by, from the first third to the last
/// @param sumsGrowth the same of sums that wait to be merged, records; null if not known
/// @param rowsGrowth the same of the sink, rows; null without a sink
/// @param blockedS seconds for which sending waited for the client's buffer to have room, warm-up
///   included
/// @param queueMs mean time that a batch waited in that buffer, milliseconds
/// @param requestMs mean time until the target answered, milliseconds
/// @param generatorCpu share of this machine that the generator used, 0 to 1
/// @param machineCpu share of this machine that was used, 0 to 1
/// @param judged whether it counts: not if it is a warm-up, or if too little was known to judge it
/// @param held whether the rate was held
/// @param reasons why not, if not; or why it was not judged
/// @param bottleneck who was in the way; null if nobody was, or that cannot be told
/// @param evidence what tells so
/// @param run folder of the run, within that of the search
public record MaxSearchStep(
    @JsonProperty("step") int step,
    @JsonProperty("purpose") String purpose,
    @JsonProperty("rate_per_s") double ratePerS,
    @JsonProperty("sent_per_s") double sentPerS,
    @JsonInclude @JsonProperty("e2e_p99_us") Long e2eP99Us,
    @JsonProperty("ack_p99_us") long ackP99Us,
    @JsonProperty("lateness_p99_us") long latenessP99Us,
    @JsonInclude @JsonProperty("lag") Long lag,
    @JsonInclude @JsonProperty("lag_growth") Long lagGrowth,
    @JsonInclude @JsonProperty("sums_lag_growth") Long sumsGrowth,
    @JsonInclude @JsonProperty("rows_lag_growth") Long rowsGrowth,
    @JsonProperty("blocked_s") double blockedS,
    @JsonProperty("queue_ms") double queueMs,
    @JsonProperty("request_ms") double requestMs,
    @JsonProperty("generator_cpu") double generatorCpu,
    @JsonProperty("machine_cpu") double machineCpu,
    @JsonProperty("judged") boolean judged,
    @JsonProperty("held") boolean held,
    @JsonProperty("reasons") List<String> reasons,
    @JsonInclude @JsonProperty("bottleneck") Bottleneck bottleneck,
    @JsonProperty("evidence") String evidence,
    @JsonProperty("run") String run) {
  /// Of the runs before all others, by which everything gets warm.
  static final String WARM_UP = "warm-up";

  /// Whether it is one of those.
  public boolean isWarmUp() {
    return purpose.equals(WARM_UP);
  }
}
