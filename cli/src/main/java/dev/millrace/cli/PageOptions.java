package dev.millrace.cli;

import dev.millrace.processor.ProcessorConfig;
import dev.millrace.sink.PageConfig;
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
      defaultValue = "" + PageConfig.DEFAULT_PORT,
      description = "The page's port, 0 for any. Default: ${DEFAULT-VALUE}")
  private int port;

  @Option(names = "--no-page", description = "Serve no page.")
  private boolean none;

  @Option(
      names = "--application-id",
      paramLabel = "ID",
      defaultValue = ProcessorConfig.DEFAULT_APPLICATION_ID,
      description = "The processor's, whose lag the page shows. Default: ${DEFAULT-VALUE}")
  private String applicationId;

  /// What was chosen; empty for no page.
  Optional<PageConfig> config() {
    return none ? Optional.empty() : Optional.of(new PageConfig(host, port, false, applicationId));
  }
}
