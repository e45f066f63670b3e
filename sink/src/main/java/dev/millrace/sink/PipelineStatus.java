package dev.millrace.sink;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/// How the pipeline is, as far as the sink can know: what the page shows beside its charts. Null
/// stands for what could not be found out.
///
/// @param now the sink's clock, epoch milliseconds
/// @param ready whether the sink is writing, or would if there was something to write
/// @param cause why it is not, as a sentence; empty if it is
/// @param problem what could not be found out, and why; empty if nothing
/// @param newestEnd end of the newest final one-second window in the database, epoch milliseconds
/// @param sent events that the load generator has sent; only known where it runs beside the sink
/// @param ingested records ever written to `requests`, and lines rejected before they got there
/// @param aggregated requests in the total's rows in the database
/// @param late events on `windows.late`
/// @param deadLettered records on the dead letter queue
/// @param rows rows that this sink has written since it started
/// @param wholeTopic whether this sink has all partitions of `windows.1s`, so that its stream has
///   every row
/// @param lag of every partition of `requests` and of the window topics
record PipelineStatus(
    @JsonProperty("now") long now,
    @JsonProperty("ready") boolean ready,
    @JsonProperty("cause") String cause,
    @JsonProperty("problem") String problem,
    @JsonProperty("newest_end") Long newestEnd,
    @JsonProperty("sent") Long sent,
    @JsonProperty("ingested") Long ingested,
    @JsonProperty("aggregated") Long aggregated,
    @JsonProperty("late") Long late,
    @JsonProperty("dead_lettered") Long deadLettered,
    @JsonProperty("rows") long rows,
    @JsonProperty("whole_topic") boolean wholeTopic,
    @JsonProperty("lag") List<Lag> lag) {

  /// How far a reader is behind in one partition.
  ///
  /// @param topic what is read
  /// @param partition of it
  /// @param records how many are there and not read yet; null if the reader has never said how far
  ///   it is
  record Lag(
      @JsonProperty("topic") String topic,
      @JsonProperty("partition") int partition,
      @JsonProperty("records") Long records) {}
}
