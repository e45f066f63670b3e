package dev.millrace.cli;

import dev.millrace.telemetry.TelemetryServer;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/// Where a service without a page answers `/metrics` and `/health`.
final class TelemetryOptions {
  /// The processor's.
  static final int DEFAULT_PORT = 8082;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Address for metrics and health, 0.0.0.0 for all: whoever reaches it can read them."
              + " Default: ${DEFAULT-VALUE}")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      description =
          "Port for metrics and health, 0 for any. Default: "
              + DEFAULT_PORT
              + ", or any if another instance has that")
  private Integer port;

  /// Takes the port.
  TelemetryServer bind() throws IOException {
    return TelemetryServer.bind(host, port == null ? DEFAULT_PORT : port, port == null);
  }

  /// Says where it is, which may be elsewhere than expected.
  static void announce(TelemetryServer server, PrintWriter to) {
    to.println("metrics and health: " + server.url());
  }
}
