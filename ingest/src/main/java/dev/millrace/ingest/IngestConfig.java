package dev.millrace.ingest;

import dev.millrace.events.RequestEventCodec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Settings of the HTTP edge.
///
/// @param bootstrapServers Kafka's addresses
/// @param host address to listen on
/// @param port port to listen on, 0 for any
/// @param limits what a client may ask
/// @param maxFutureSkew how far ahead of the clock an event may be
/// @param kafkaTimeout how long Kafka may take to answer before the edge is not ready
/// @param deliveryTimeout how long Kafka may take to acknowledge an event, 1 s to 2 min; after that
///   its fate is unknown
/// @param tls certificate and key; empty for plain HTTP
/// @param apiKeys file of those who may send; empty for everybody
/// @param kafka further settings of Kafka's clients, passed through as they are
public record IngestConfig(
    String bootstrapServers,
    String host,
    int port,
    HttpLimits limits,
    Duration maxFutureSkew,
    Duration kafkaTimeout,
    Duration deliveryTimeout,
    Optional<TlsFiles> tls,
    Optional<Path> apiKeys,
    Map<String, String> kafka) {
  /// Loopback: to be reached from elsewhere is a decision of the user's.
  public static final String DEFAULT_HOST = "127.0.0.1";

  /// Port of the edge.
  public static final int DEFAULT_PORT = 8081;

  /// Longer than a broker's election of a new leader usually takes, shorter than a probe waits.
  public static final Duration DEFAULT_KAFKA_TIMEOUT = Duration.ofSeconds(2);

  /// Longer than an election, shorter than clients usually wait for an answer.
  public static final Duration DEFAULT_DELIVERY_TIMEOUT = Duration.ofSeconds(10);

  /// @throws IllegalArgumentException naming option, value and range
  public IngestConfig {
    Objects.requireNonNull(bootstrapServers);
    Objects.requireNonNull(host);
    Objects.requireNonNull(limits);
    Objects.requireNonNull(tls);
    Objects.requireNonNull(apiKeys);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("--port " + port + ": must be 0 to 65535");
    }
    if (maxFutureSkew.isNegative() || maxFutureSkew.compareTo(Duration.ofDays(36_500)) > 0) {
      throw new IllegalArgumentException(
          "--max-future-skew " + maxFutureSkew.toMillis() + "ms: must be 0s to 36500d");
    }
    if (kafkaTimeout.toMillis() < 100 || kafkaTimeout.toMillis() > 60_000) {
      throw new IllegalArgumentException(
          "--kafka-timeout " + kafkaTimeout.toMillis() + "ms: must be 100ms to 60s");
    }
    if (deliveryTimeout.toMillis() < 1_000 || deliveryTimeout.toMillis() > 120_000) {
      throw new IllegalArgumentException(
          "--delivery-timeout " + deliveryTimeout.toMillis() + "ms: must be 1s to 2m");
    }
    kafka = Map.copyOf(kafka);
  }

  /// The usual settings.
  ///
  /// @param port to listen on, 0 for any
  public static IngestConfig of(String bootstrapServers, int port) {
    return new IngestConfig(
        bootstrapServers,
        DEFAULT_HOST,
        port,
        HttpLimits.DEFAULT,
        RequestEventCodec.DEFAULT_MAX_FUTURE_SKEW,
        DEFAULT_KAFKA_TIMEOUT,
        DEFAULT_DELIVERY_TIMEOUT,
        Optional.empty(),
        Optional.empty(),
        Map.of());
  }

  /// What is on the heap for a connection that does nothing, measured.
  private static final long CONNECTION_BYTES = 7 << 10;

  private static final long TLS_CONNECTION_BYTES = 18 << 10;

  /// What is on the heap of an edge that does nothing.
  private static final long BASE_BYTES = 20 << 20;

  /// @param heap how many bytes there may be
  /// @throws IllegalArgumentException if they are too few for all connections, and for what may be
  ///   in flight: that is on the heap once as it came, and once in the buffer of Kafka's client,
  ///   beside what waits there under a key
  void requireMemory(long heap) {
    long connection = tls.isPresent() ? TLS_CONNECTION_BYTES : CONNECTION_BYTES;
    long needed =
        BASE_BYTES
            + 2 * limits.maxInFlight()
            + limits.keyedBuffer()
            + limits.maxConnections() * connection;
    if (needed > heap) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--max-in-flight %d and --max-connections %d: need a heap of %d MiB, and there are"
                  + " %d; lower them, or set MILLRACE_JAVA_OPTS=-Xmx%dm",
              limits.maxInFlight(),
              limits.maxConnections(),
              needed >> 20,
              heap >> 20,
              (needed >> 20) + (needed >> 23)));
    }
  }

  /// Whether others than this machine can reach it, unencrypted or without a key.
  public boolean isOpen() {
    boolean loopback =
        host.equals("localhost") || host.matches("127(\\.\\d{1,3}){3}") || host.equals("::1");
    return !loopback && (tls.isEmpty() || apiKeys.isEmpty());
  }
}
