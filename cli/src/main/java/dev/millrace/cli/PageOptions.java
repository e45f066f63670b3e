package dev.millrace.cli;

import dev.millrace.processor.ProcessorConfig;
import dev.millrace.sink.PageConfig;
import dev.millrace.telemetry.TelemetryServer;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Where the sink's page is served.
final class PageOptions {
  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = PageConfig.DEFAULT_HOST,
      description =
          "Address that the page is served on, 0.0.0.0 for all: whoever reaches it can read it."
              + " Default: ${DEFAULT-VALUE}")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The page's port, 0 for any. Default: " + PageConfig.DEFAULT_PORT)
  private Integer port;

  @Option(
      names = "--no-page",
      description =
          "Serve no page, only metrics and health; if nobody has chosen the port and it is taken, on"
              + " any.")
  private boolean none;

  @Option(
      names = "--application-id",
      paramLabel = "ID",
      defaultValue = ProcessorConfig.DEFAULT_APPLICATION_ID,
      description = "The processor's, whose lag the page shows. Default: ${DEFAULT-VALUE}")
  private String applicationId;

  /// What was chosen; empty for no page.
  Optional<PageConfig> config() {
    return none
        ? Optional.empty()
        : Optional.of(new PageConfig(host, port(), false, applicationId));
  }

  private int port() {
    return port == null ? PageConfig.DEFAULT_PORT : port;
  }

  /// Takes the port for metrics and health alone.
  TelemetryServer bind() throws IOException {
    return TelemetryServer.bind(host, port(), port == null);
  }
}
