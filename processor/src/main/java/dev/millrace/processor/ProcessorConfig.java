package dev.millrace.processor;

import dev.millrace.events.RequestEventCodec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/// Settings of the processor.
///
/// @param bootstrapServers Kafka's addresses
/// @param applicationId names the group, the internal topics and the transactions; instances with
///   one id share the work
/// @param threads stream threads in this process
/// @param grace how late an event may be, see [WindowsTopology]
/// @param commitInterval how often results become visible, and how much is read again after a crash
/// @param maxFutureSkew how far ahead of the clock an event may be
/// @param exactlyOnce whether results and read positions are one transaction; at least once
///   otherwise
/// @param stateDir a folder of this instance's own
/// @param kafka further settings of Kafka Streams and its clients, passed through as they are
public record ProcessorConfig(
    String bootstrapServers,
    String applicationId,
    int threads,
    Duration grace,
    Duration commitInterval,
    Duration maxFutureSkew,
    boolean exactlyOnce,
    Path stateDir,
    Map<String, String> kafka) {
  /// The usual group of processors.
  public static final String DEFAULT_APPLICATION_ID = "millrace-processor";

  /// Two threads keep a small machine busy and leave something to its broker.
  public static final int DEFAULT_THREADS = 2;

  /// Windows this far back are kept in memory.
  public static final Duration DEFAULT_GRACE = Duration.ofHours(1);

  /// Longer than the age of any log: nothing is ever late.
  public static final Duration UNLIMITED_GRACE = Duration.ofDays(36_500);

  /// Three commits lie between an event and its total.
  public static final Duration DEFAULT_COMMIT_INTERVAL = Duration.ofMillis(200);

  /// @throws IllegalArgumentException naming option, value and range
  public ProcessorConfig {
    Objects.requireNonNull(bootstrapServers);
    Objects.requireNonNull(stateDir);
    if (!applicationId.matches("[A-Za-z0-9._-]{1,200}")) {
      throw new IllegalArgumentException(
          "--application-id " + applicationId + ": must be letters, digits, '.', '_', '-'");
    }
    if (threads < 1 || threads > 256) {
      throw new IllegalArgumentException("--threads " + threads + ": must be 1 to 256");
    }
    range("--grace", grace, Duration.ZERO, UNLIMITED_GRACE);
    range("--commit-interval", commitInterval, Duration.ofMillis(10), Duration.ofMinutes(1));
    range("--max-future-skew", maxFutureSkew, Duration.ZERO, UNLIMITED_GRACE);
    kafka = Map.copyOf(kafka);
  }

  /// The usual settings.
  public static ProcessorConfig of(String bootstrapServers, Path stateDir) {
    return new ProcessorConfig(
        bootstrapServers,
        DEFAULT_APPLICATION_ID,
        DEFAULT_THREADS,
        DEFAULT_GRACE,
        DEFAULT_COMMIT_INTERVAL,
        RequestEventCodec.DEFAULT_MAX_FUTURE_SKEW,
        true,
        stateDir,
        Map.of());
  }

  private static void range(String option, Duration value, Duration min, Duration max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          option + " " + text(value) + ": must be " + text(min) + " to " + text(max));
    }
  }

  private static String text(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }
}
