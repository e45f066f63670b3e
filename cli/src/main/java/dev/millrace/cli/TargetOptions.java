package dev.millrace.cli;

import dev.millrace.loadgen.HttpTargetConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Where events go. What is not given is null, so that it shows when it is given in vain.
final class TargetOptions {
  @Option(
      names = "--target",
      paramLabel = "kafka|URL",
      defaultValue = "kafka",
      description =
          "Where events go: straight into Kafka, or to the HTTP edge at this URL, such as"
              + " http://127.0.0.1:8081. Default: ${DEFAULT-VALUE}")
  private String target;

  @Option(
      names = "--http-connections",
      paramLabel = "N",
      description =
          "Connections to the edge, of each of the --workers, each with one request at a time: 1 to"
              + " 10000. Default: "
              + HttpTargetConfig.DEFAULT_CONNECTIONS)
  private Integer connections;

  @Option(
      names = "--http-batch",
      paramLabel = "N",
      description =
          "Events of a request at most, 1 to 1000; they wait for each other for 5 ms. Default: "
              + HttpTargetConfig.DEFAULT_BATCH)
  private Integer batch;

  @Option(
      names = "--http-gzip",
      arity = "0",
      description = "Pack what is sent to the edge. Default: no")
  private Boolean gzip;

  @Option(
      names = "--http-key-file",
      paramLabel = "FILE",
      description = "The key that the edge knows this client by, the file's only line.")
  private Path keyFile;

  @Option(
      names = "--http-ca",
      paramLabel = "FILE",
      description =
          "Certificates, PEM, of who signs an https edge's; nobody else is trusted."
              + " Default: whom the JVM trusts")
  private Path ca;

  /// The edge that events go to; empty for straight into Kafka.
  ///
  /// @throws IllegalArgumentException naming option, value and what would do
  /// @throws IOException if the file of the key or of the certificates cannot be read
  Optional<HttpTargetConfig> http() throws IOException {
    if (target.equals("kafka")) {
      requireNone();
      return Optional.empty();
    }
    URI url = HttpTargetConfig.url(target);
    return Optional.of(
        new HttpTargetConfig(
            url,
            connections == null ? HttpTargetConfig.DEFAULT_CONNECTIONS : connections,
            batch == null ? HttpTargetConfig.DEFAULT_BATCH : batch,
            gzip != null && gzip,
            keyFile == null ? Optional.empty() : Optional.of(HttpTargetConfig.key(keyFile)),
            ca == null ? Optional.empty() : Optional.of(HttpTargetConfig.trust(ca))));
  }

  private void requireNone() {
    String vain =
        connections != null
            ? "--http-connections"
            : batch != null
                ? "--http-batch"
                : gzip != null
                    ? "--http-gzip"
                    : keyFile != null ? "--http-key-file" : ca != null ? "--http-ca" : null;
    if (vain != null) {
      throw new IllegalArgumentException(
          vain + " is for an HTTP edge: give its address with --target");
    }
  }
}
