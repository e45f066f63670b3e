package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.sink.LeftoverCounts;
import dev.millrace.sink.VerificationReport;
import dev.millrace.sink.Verifier;
import dev.millrace.sink.WindowQueries;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;

/// What became of the events of a soak: the sender's ledger against the database.
///
/// @param totals the sender's
/// @param aggregated events in the database
/// @param late events on `windows.late`
/// @param deadLettered records on `requests.dlq`
/// @param differences between ledger and database, as `millrace verify` counts them
/// @param listed the first of these
record SoakBooks(
    @JsonProperty("totals") LedgerTotals totals,
    @JsonProperty("aggregated") long aggregated,
    @JsonProperty("late") long late,
    @JsonProperty("dead_lettered") long deadLettered,
    @JsonProperty("differences") long differences,
    @JsonProperty("listed") List<String> listed) {
  /// With nothing moving for this long, what is missing is not going to come.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration GLANCE = Duration.ofSeconds(1);
  private static final long TICK_MS = 500;
  private static final int LISTED = 10;

  /// Waits until all that was acknowledged is in the database, or nothing comes any more, and
  /// compares.
  static SoakBooks close(SoakPipeline pipeline, Stop stop) throws IOException {
    LedgerFile ledger = LedgerFile.read(pipeline.run().resolve("ledger.ndjson"));
    LedgerTotals totals =
        ledger
            .totals()
            .orElseThrow(() -> new BenchException("the load generator has not closed its ledger"));
    try (WindowQueries windows = WindowQueries.open(pipeline.database());
        LeftoverCounts leftovers =
            new LeftoverCounts(
                Map.of(
                    CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, pipeline.bootstrapServers()))) {
      await(totals.acknowledged(), windows, leftovers, pipeline, stop);
      VerificationReport report = Verifier.verify(List.of(ledger), windows);
      return new SoakBooks(
          totals,
          windows.totalRequests(),
          leftovers.late(),
          leftovers.deadLettered(),
          report.differenceCount(),
          report.agrees() ? List.of() : report.lines().stream().limit(LISTED).toList());
    }
  }

  private static void await(
      long events,
      WindowQueries windows,
      LeftoverCounts leftovers,
      SoakPipeline pipeline,
      Stop stop) {
    long seen = -1;
    long moved = System.nanoTime();
    while (true) {
      // What is not read within a glance is read by the next one.
      leftovers.read(GLANCE);
      long there = windows.totalRequests() + leftovers.late() + leftovers.deadLettered();
      if (there >= events && windows.levelsAgree()) {
        return;
      }
      if (there != seen) {
        seen = there;
        moved = System.nanoTime();
      } else if (System.nanoTime() - moved > PATIENCE.toNanos()) {
        return;
      }
      pipeline.requireAlive();
      stop.pause(TICK_MS);
    }
  }

  /// Whether each event is where the ledger says, once.
  @JsonProperty("balanced")
  boolean balanced() {
    long places = aggregated + late + deadLettered;
    return totals.isBalanced()
        && totals.acknowledged() > 0
        && places >= totals.acknowledged()
        && places <= totals.acknowledged() + totals.unknown()
        && differences == 0;
  }

  String sentence() {
    return String.format(
        Locale.ROOT,
        "The ledger %s: %,d sent = %,d acknowledged + %,d rejected + %,d failed + %,d unknown;"
            + " %,d aggregated, %,d late, %,d dead-lettered; %s.",
        balanced() ? "balances" : "does not balance",
        totals.sent(),
        totals.acknowledged(),
        totals.rejected(),
        totals.failed(),
        totals.unknown(),
        aggregated,
        late,
        deadLettered,
        differences == 0
            ? "every row is what was sent"
            : String.format(Locale.ROOT, "%,d differences", differences));
  }
}
