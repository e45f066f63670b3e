package dev.millrace.ingest;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/// Settings of the HTTP edge.
///
/// @param bootstrapServers Kafka's addresses
/// @param host address to listen on
/// @param port port to listen on, 0 for any
/// @param kafkaTimeout how long Kafka may take to answer before the edge is not ready
/// @param kafka further settings of Kafka's clients, passed through as they are
public record IngestConfig(
    String bootstrapServers,
    String host,
    int port,
    Duration kafkaTimeout,
    Map<String, String> kafka) {
  /// Loopback: to be reached from elsewhere is a decision of the user's.
  public static final String DEFAULT_HOST = "127.0.0.1";

  /// Port of the edge.
  public static final int DEFAULT_PORT = 8081;

  /// Longer than a broker's election of a new leader usually takes, shorter than a probe waits.
  public static final Duration DEFAULT_KAFKA_TIMEOUT = Duration.ofSeconds(2);

  /// @throws IllegalArgumentException naming option, value and range
  public IngestConfig {
    Objects.requireNonNull(bootstrapServers);
    Objects.requireNonNull(host);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("--port " + port + ": must be 0 to 65535");
    }
    if (kafkaTimeout.toMillis() < 100 || kafkaTimeout.toMillis() > 60_000) {
      throw new IllegalArgumentException(
          "--kafka-timeout " + kafkaTimeout.toMillis() + "ms: must be 100ms to 60s");
    }
    kafka = Map.copyOf(kafka);
  }

  /// The usual settings.
  public static IngestConfig of(String bootstrapServers) {
    return new IngestConfig(
        bootstrapServers, DEFAULT_HOST, DEFAULT_PORT, DEFAULT_KAFKA_TIMEOUT, Map.of());
  }
}
