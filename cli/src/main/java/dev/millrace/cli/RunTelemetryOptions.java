package dev.millrace.cli;

import dev.millrace.loadgen.RunTelemetry;
import dev.millrace.telemetry.TelemetryServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Where a load run answers `/metrics` and `/health`, if it does: it is short, and often one of
/// several at once.
final class RunTelemetryOptions {
  @Option(
      names = "--metrics-port",
      paramLabel = "N",
      description = "Port for metrics and health while the run goes on, 0 for any. Default: none")
  private Integer port;

  @Option(
      names = "--metrics-host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Address for it, 0.0.0.0 for all. Default: ${DEFAULT-VALUE}")
  private String host;

  /// Something that answers until it is closed.
  record Served(RunTelemetry telemetry, Optional<TelemetryServer> server) implements AutoCloseable {
    @Override
    public void close() {
      server.ifPresent(TelemetryServer::close);
      telemetry.close();
    }
  }

  boolean isAsked() {
    return port != null;
  }

  /// Begins to answer, if that is wanted.
  Served serve(PrintWriter announceTo) throws IOException {
    RunTelemetry telemetry = new RunTelemetry();
    if (!isAsked()) {
      return new Served(telemetry, Optional.empty());
    }
    TelemetryServer server = TelemetryServer.bind(host, port, false);
    telemetry.serve(server);
    TelemetryOptions.announce(server, announceTo);
    return new Served(telemetry, Optional.of(server));
  }
}
