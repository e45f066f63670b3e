package dev.millrace.sink;

import dev.millrace.telemetry.Exposition;
import dev.millrace.telemetry.Health;
import dev.millrace.telemetry.LateTelemetry;
import dev.millrace.telemetry.MetricSet;
import dev.millrace.telemetry.StoppingException;
import dev.millrace.telemetry.Telemetry;
import dev.millrace.telemetry.TelemetryServer;

/// What the sink tells of itself: its windows and counts, its consumer and its JVM, and how it is.
public final class SinkTelemetry implements AutoCloseable {
  private final WindowMetrics windows = new WindowMetrics();
  private final SinkRunner sink;
  private final LateTelemetry telemetry;

  /// @param sink is not told of here whom to tell what it writes: that is [#windows()]
  SinkTelemetry(SinkRunner sink) {
    this.sink = sink;
    this.telemetry = new LateTelemetry(this::setUp);
  }

  /// Of a sink that has no page: counts what it writes from now on.
  public static SinkTelemetry of(SinkRunner sink) {
    SinkTelemetry own = new SinkTelemetry(sink);
    sink.tell((rows, _) -> own.windows.add(rows));
    return own;
  }

  private void setUp(Telemetry to) {
    to.own(() -> windows.snapshots(sink.metrics()));
    to.own(this::state);
    sink.whenConnected(to::kafka);
  }

  private void state(MetricSet to) {
    to.gauge("millrace_sink_ready", "1 if the sink writes, or would, else 0.", ready().ok());
    to.gauge(
        "millrace_sink_store_available",
        "1 if the store took what it was last given, 0 while the sink waits for it.",
        sink.waitingFor().isEmpty());
    to.partitions(
        "millrace_sink_lag_records",
        "Records that are not read yet, of the partitions of this sink.",
        sink.lag());
  }

  /// Gets the rows that were written.
  WindowMetrics windows() {
    return windows;
  }

  Exposition scrape(String accept) {
    try {
      return telemetry.scrape(accept);
    } catch (StoppingException e) {
      throw new SinkException(e.getMessage(), e);
    }
  }

  /// Has the metrics of the JVM set up, now that there is time.
  void prepare() {
    telemetry.prepare();
  }

  /// Answers by a server without a page.
  public void serve(TelemetryServer server) {
    server.serve(telemetry, this::live, this::ready);
  }

  /// Whether the sink can go on; if not, only a new start helps.
  Health live() {
    SinkHealth now = sink.health();
    return now.live() ? Health.OK : Health.failing(now.cause());
  }

  /// Whether it writes, or would if there was something to write.
  Health ready() {
    SinkHealth now = sink.health();
    return now.ready() ? Health.OK : Health.failing(now.cause());
  }

  @Override
  public void close() {
    telemetry.close();
  }
}
