package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.utils.AppInfoParser;

/// Puts a run's settings and figures together.
final class Summaries {
  private Summaries() {}

  static RunSummary of(
      RunConfig config,
      long startMs,
      double durationS,
      double sendingS,
      LedgerTotals totals,
      RunSummary.Rate rate,
      RunSummary.Latencies latencies,
      List<String> causes) {
    return new RunSummary(
        RunSummary.FORMAT,
        config.version(),
        Instant.ofEpochMilli(startMs).toString(),
        config.command(),
        config.scenario().settings(),
        config.scenario().seed(),
        config.target(),
        config
            .http()
            .map(edge -> new RunSummary.Http(edge.connections(), edge.batch(), edge.gzip()))
            .orElse(null),
        config.share().workers(),
        Machine.description(),
        Runtime.version().toString(),
        AppInfoParser.getVersion(),
        config.warmUp().toMillis() / 1e3,
        durationS,
        sendingS,
        new RunSummary.Totals(
            totals.sent(),
            totals.acknowledged(),
            totals.rejected(),
            totals.failed(),
            totals.unknown()),
        rate,
        latencies,
        causes.isEmpty(),
        causes);
  }
}
