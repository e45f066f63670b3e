package dev.millrace.loadgen;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.JsonRecords;
import java.util.List;
import java.util.Map;

/// What `run.json` in the folder of a run says: settings, machine, fates, figures, and whether the
/// figures may be trusted.
///
/// Rates and latencies are of the measured part of the run, which is what comes after the warm-up;
/// totals are of the whole.
///
/// @param format layout of the folder, [#FORMAT]
/// @param version Millrace's
/// @param started when the first event was due, ISO-8601, UTC
/// @param command the arguments, with secrets left out
/// @param scenario the settings as they were resolved, named as in a scenario file
/// @param seed same seed and scenario, same bytes
/// @param target where it was sent to: `kafka`, or the URL of an HTTP edge
/// @param http how it was sent to an edge; null if the target is `kafka`, and in files of earlier
///   versions
/// @param workers processes that sent
/// @param machine where it ran
/// @param java version of the runtime
/// @param kafkaClients version of Kafka's clients
/// @param warmUpS seconds at the start that are in no figure
/// @param durationS seconds from the first event's time to the last fate, warm-up included
/// @param sendingS seconds from the first event's time until all was sent, or the run was ended; 0
///   in files of earlier versions, which do not have it
/// @param totals fates of all events, warm-up included
/// @param rate events a second
/// @param latencyUs latencies in microseconds
/// @param valid whether the generator kept to its schedule, so that the figures are the target's
/// @param causes why it is not valid, a sentence each
public record RunSummary(
    @JsonProperty("format") int format,
    @JsonProperty("version") String version,
    @JsonProperty("started") String started,
    @JsonProperty("command") List<String> command,
    @JsonProperty("scenario") Map<String, Object> scenario,
    @JsonProperty("seed") long seed,
    @JsonProperty("target") String target,
    @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty("http") Http http,
    @JsonProperty("workers") int workers,
    @JsonProperty("machine") String machine,
    @JsonProperty("java") String java,
    @JsonProperty("kafka_clients") String kafkaClients,
    @JsonProperty("warm_up_s") double warmUpS,
    @JsonProperty("duration_s") double durationS,
    @JsonProperty("sending_s") double sendingS,
    @JsonProperty("totals") Totals totals,
    @JsonProperty("rate") Rate rate,
    @JsonProperty("latency_us") Latencies latencyUs,
    @JsonProperty("valid") boolean valid,
    @JsonProperty("causes") List<String> causes) {
  /// The layout that this version writes.
  public static final int FORMAT = 1;

  /// Name of the file within the folder of a run.
  public static final String FILE = "run.json";

  /// `run.json` as bytes, and back.
  public static final JsonRecords<RunSummary> JSON = new JsonRecords<>(RunSummary.class);

  /// How events were sent to an edge.
  ///
  /// @param connections of each worker
  /// @param batch events of a request at most
  /// @param gzip whether requests were packed
  public record Http(
      @JsonProperty("connections") int connections,
      @JsonProperty("batch") int batch,
      @JsonProperty("gzip") boolean gzip) {}

  /// Fates: sent = acknowledged + rejected + failed + unknown.
  ///
  /// @param sent events that were due and taken on
  /// @param acknowledged the target has them
  /// @param rejected the target has refused them for what they are
  /// @param failed the target surely does not have them
  /// @param unknown the target may have them
  public record Totals(
      @JsonProperty("sent") long sent,
      @JsonProperty("acknowledged") long acknowledged,
      @JsonProperty("rejected") long rejected,
      @JsonProperty("failed") long failed,
      @JsonProperty("unknown") long unknown) {}

  /// Events a second.
  ///
  /// @param targetPerS mean of the schedule; null if it was as fast as possible
  /// @param sentPerS handed over
  /// @param acknowledgedPerS acknowledged in those seconds, whenever they were sent: more than sent
  ///   if the warm-up left a backlog
  public record Rate(
      @JsonInclude @JsonProperty("target_per_s") Double targetPerS,
      @JsonProperty("sent_per_s") double sentPerS,
      @JsonProperty("acknowledged_per_s") double acknowledgedPerS) {}

  /// Latencies, each from the time at which an event was due, not the one at which it got its turn.
  ///
  /// @param ack until the target has acknowledged it
  /// @param lateness until it was handed over
  /// @param e2e until the row of its window could be read; null if that was not measured
  public record Latencies(
      @JsonProperty("ack") Latency ack,
      @JsonProperty("lateness") Latency lateness,
      @JsonInclude @JsonProperty("e2e") Latency e2e) {}

  /// One distribution, microseconds, three significant digits; all 0 if nothing was measured.
  ///
  /// @param count how many were measured
  /// @param mean the arithmetic mean
  /// @param p50 the median
  /// @param p90 90 % were no slower
  /// @param p95 95 % were no slower
  /// @param p99 99 % were no slower
  /// @param p999 99.9 % were no slower
  /// @param p9999 99.99 % were no slower
  /// @param max the slowest
  public record Latency(
      @JsonProperty("count") long count,
      @JsonProperty("mean") double mean,
      @JsonProperty("p50") long p50,
      @JsonProperty("p90") long p90,
      @JsonProperty("p95") long p95,
      @JsonProperty("p99") long p99,
      @JsonProperty("p999") long p999,
      @JsonProperty("p9999") long p9999,
      @JsonProperty("max") long max) {}
}
