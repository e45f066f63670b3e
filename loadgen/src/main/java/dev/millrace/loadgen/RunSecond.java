package dev.millrace.loadgen;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.JsonRecords;
import java.util.List;
import java.util.function.ToLongFunction;

/// One second of a run: a line of `series.ndjson` in the folder of a run.
///
/// Events are counted in the second in which it happened: due by the schedule, handed over,
/// settled. So a second's fates need not add up to what was sent in it; those of all seconds do.
///
/// @param second since the start, from 0
/// @param due events that the schedule had for it
/// @param sent events handed over
/// @param acknowledged the target has them
/// @param rejected the target has refused them for what they are
/// @param failed the target surely does not have them
/// @param unknown the target may have them
/// @param ackP50Us median from due to acknowledged, microseconds; 0 if nothing was acknowledged
/// @param ackP99Us the same, 99th percentile
/// @param latenessP99Us from due to handed over, 99th percentile, microseconds
/// @param latenessMaxUs the same, the most
/// @param cpu share of the machine that this process used, 0 to 1
/// @param warmUp whether the second is in no figure of `run.json`
public record RunSecond(
    @JsonProperty("second") long second,
    @JsonProperty("due") long due,
    @JsonProperty("sent") long sent,
    @JsonProperty("acknowledged") long acknowledged,
    @JsonProperty("rejected") long rejected,
    @JsonProperty("failed") long failed,
    @JsonProperty("unknown") long unknown,
    @JsonProperty("ack_p50_us") long ackP50Us,
    @JsonProperty("ack_p99_us") long ackP99Us,
    @JsonProperty("lateness_p99_us") long latenessP99Us,
    @JsonProperty("lateness_max_us") long latenessMaxUs,
    @JsonProperty("cpu") double cpu,
    @JsonProperty("warm_up") boolean warmUp) {
  /// Name of the file within the folder of a run.
  public static final String FILE = "series.ndjson";

  /// A line of the file as bytes, and back.
  public static final JsonRecords<RunSecond> JSON = new JsonRecords<>(RunSecond.class);

  /// The same second of several processes as one. Percentiles cannot be added: these are the
  /// highest of all.
  ///
  /// @param parts at least one
  public static RunSecond sum(List<RunSecond> parts) {
    RunSecond first = parts.getFirst();
    return new RunSecond(
        first.second,
        sum(parts, RunSecond::due),
        sum(parts, RunSecond::sent),
        sum(parts, RunSecond::acknowledged),
        sum(parts, RunSecond::rejected),
        sum(parts, RunSecond::failed),
        sum(parts, RunSecond::unknown),
        highest(parts, RunSecond::ackP50Us),
        highest(parts, RunSecond::ackP99Us),
        highest(parts, RunSecond::latenessP99Us),
        highest(parts, RunSecond::latenessMaxUs),
        Math.min(1, parts.stream().mapToDouble(RunSecond::cpu).sum()),
        first.warmUp);
  }

  private static long sum(List<RunSecond> parts, ToLongFunction<RunSecond> figure) {
    return parts.stream().mapToLong(figure).sum();
  }

  private static long highest(List<RunSecond> parts, ToLongFunction<RunSecond> figure) {
    return parts.stream().mapToLong(figure).max().orElseThrow();
  }

  /// With percentiles that are known better.
  RunSecond withPercentiles(long ackP50, long ackP99, long latenessP99) {
    return new RunSecond(
        second,
        due,
        sent,
        acknowledged,
        rejected,
        failed,
        unknown,
        ackP50,
        ackP99,
        latenessP99,
        latenessMaxUs,
        cpu,
        warmUp);
  }
}
