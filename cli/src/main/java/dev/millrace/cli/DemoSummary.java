package dev.millrace.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.loadgen.Quantity;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/// What a demo did, and whether its ledger balances.
///
/// @param sent events handed to the client, rejected lines of a log included
/// @param acknowledged of these, Kafka has them
/// @param failed of these, Kafka surely does not have them
/// @param unknown of these, Kafka may have them
/// @param rejected lines of a log that are no event
/// @param aggregated requests in the database
/// @param late events that came after their window was gone
/// @param deadLettered records on the dead letter queue, rejected lines included
/// @param rows window rows in the database
/// @param eventsPerS acknowledged events a second, from the first sent to the last acknowledged
/// @param maxBehindMs the most that an event was sent after it was due
/// @param maxLag the most events that waited for the processor
/// @param seconds length of the load
/// @param differences rows of the database that are not what was sent
/// @param balanced whether every event is where it should be
/// @param interrupted whether the user ended it early
/// @param resumed whether it went on from an earlier demo's data
/// @param busiest series with the most requests
/// @param slowest series with the highest 99th percentile
/// @param database path of the database
/// @param ledger path of the ledger; null if others have sent, who have theirs
record DemoSummary(
    @JsonProperty("sent") long sent,
    @JsonProperty("acknowledged") long acknowledged,
    @JsonProperty("failed") long failed,
    @JsonProperty("unknown") long unknown,
    @JsonProperty("rejected") long rejected,
    @JsonProperty("aggregated") long aggregated,
    @JsonProperty("late") long late,
    @JsonProperty("dead_lettered") long deadLettered,
    @JsonProperty("rows") long rows,
    @JsonProperty("events_per_s") double eventsPerS,
    @JsonProperty("max_behind_ms") double maxBehindMs,
    @JsonProperty("max_lag") long maxLag,
    @JsonProperty("seconds") double seconds,
    @JsonProperty("differences") long differences,
    @JsonProperty("balanced") boolean balanced,
    @JsonProperty("interrupted") boolean interrupted,
    @JsonProperty("resumed") boolean resumed,
    @JsonProperty("busiest") List<Line> busiest,
    @JsonProperty("slowest") List<Line> slowest,
    @JsonProperty("database") String database,
    @JsonProperty("ledger") String ledger) {

  /// One series of the database.
  record Line(
      @JsonProperty("service") String service,
      @JsonProperty("route") String route,
      @JsonProperty("requests") long requests,
      @JsonProperty("p99_us") Double p99Us) {
    private String text() {
      return TerminalText.visible(service + " " + route)
          + ": "
          + Units.count(requests)
          + " requests"
          + (p99Us == null ? "" : ", p99 " + Quantity.micros(p99Us));
    }
  }

  void print(PrintWriter out) {
    out.println();
    line(out, "sent", sent, "");
    line(out, "acknowledged", acknowledged, String.format(Locale.ROOT, "%,.0f/s", eventsPerS));
    if (failed + unknown > 0) {
      line(out, "failed", failed, "");
      line(out, "unknown", unknown, "each may or may not be counted below");
    }
    line(out, "aggregated", aggregated, "");
    line(out, "late", late, "");
    line(
        out,
        "dead-lettered",
        deadLettered,
        rejected > 0 ? Units.count(rejected) + " of them lines that are no event" : "");
    line(out, "rows written", rows, "one a second and series");
    text(out, "busiest", busiest);
    text(out, "slowest", slowest);
    out.println("  database       " + database);
    if (ledger != null) {
      out.println("  ledger         " + ledger);
    }
    out.println();
    out.println(verdict());
  }

  private String verdict() {
    String equation =
        Units.count(acknowledged)
            + " acknowledged "
            + (acknowledged == aggregated + late + deadLettered ? "= " : "≠ ")
            + Units.count(aggregated)
            + " aggregated + "
            + Units.count(late)
            + " late + "
            + Units.count(deadLettered)
            + " dead-lettered";
    return balanced
        ? "The ledger balances: "
            + equation
            + (ledger == null
                ? "; whoever has sent them has the ledger to compare rows with."
                : "; every row is what was sent.")
        : "THE LEDGER DOES NOT BALANCE: "
            + equation
            + "; "
            + Units.count(differences)
            + " differences between rows and what was sent"
            + (failed + unknown > 0
                ? ", " + Units.count(failed) + " failed, " + Units.count(unknown) + " unknown."
                : ".");
  }

  private static void line(PrintWriter out, String name, long value, String note) {
    out.println(String.format(Locale.ROOT, "  %-13s %,12d  %s", name, value, note).stripTrailing());
  }

  private static void text(PrintWriter out, String name, List<Line> lines) {
    for (int i = 0; i < lines.size(); i++) {
      out.println(
          String.format(Locale.ROOT, "  %-14s %s", i == 0 ? name : "", lines.get(i).text()));
    }
  }
}
