package dev.millrace.loadgen;

import dev.millrace.telemetry.Health;
import dev.millrace.telemetry.LateTelemetry;
import dev.millrace.telemetry.MetricSet;
import dev.millrace.telemetry.TelemetryServer;

/// A run as Prometheus sees it while it goes on: all is as of the end of the last second, of all
/// workers together. What a run has measured in the end is in its folder. Thread-safe.
public final class RunTelemetry implements AutoCloseable {
  private static final double US_PER_S = 1e6;

  private final LateTelemetry telemetry = new LateTelemetry(to -> to.own(this::write));
  private RunSecond latest;
  private long due;
  private long sent;
  private long acknowledged;
  private long rejected;
  private long failed;
  private long unknown;

  /// Begins with nothing.
  public RunTelemetry() {}

  /// A second is over.
  public synchronized void add(RunSecond second) {
    due += second.due();
    sent += second.sent();
    acknowledged += second.acknowledged();
    rejected += second.rejected();
    failed += second.failed();
    unknown += second.unknown();
    latest = second;
  }

  private synchronized void write(MetricSet to) {
    to.counter("millrace_loadgen_due_events", "Events that the schedule had.", due);
    to.counter("millrace_loadgen_sent_events", "Events handed over.", sent);
    to.counter("millrace_loadgen_acknowledged_events", "Events that the target has.", acknowledged);
    to.counter(
        "millrace_loadgen_rejected_events", "What is no event, and was made to be none.", rejected);
    to.counter(
        "millrace_loadgen_failed_events", "Events that the target surely does not have.", failed);
    to.counter("millrace_loadgen_unknown_events", "Events that the target may have.", unknown);
    if (latest != null) {
      to.gauge(
          "millrace_loadgen_lateness_p99_seconds",
          "From due to handed over, 99th percentile of the last second.",
          latest.latenessP99Us() / US_PER_S);
      to.gauge(
          "millrace_loadgen_ack_p99_seconds",
          "From due to acknowledged, 99th percentile of the last second.",
          latest.ackP99Us() / US_PER_S);
    }
  }

  /// Answers by a server. A run is well as long as it is there.
  public void serve(TelemetryServer server) {
    server.serve(telemetry, () -> Health.OK, () -> Health.OK);
  }

  @Override
  public void close() {
    telemetry.close();
  }
}
