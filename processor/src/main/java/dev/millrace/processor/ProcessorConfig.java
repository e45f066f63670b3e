package dev.millrace.processor;

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
/// @param windowing how events become windows
/// @param commitInterval how often what was read is committed while a backlog is read, and how much
///   is read again after a crash; windows that somebody waits for do not wait for it. Longer than
///   the default, it holds back by as much what is published after a crash
/// @param windowsInMemory how many windows of one series and size each may be in memory, 1.5 to 4
///   kilobytes each, in all tasks of this process; further ones wait on disk. No fewer than four
///   for each series
/// @param exactlyOnce whether results and read positions are one transaction; at least once
///   otherwise
/// @param stateDir a folder of this instance's own
/// @param kafka further settings of Kafka Streams and its clients, passed through as they are
public record ProcessorConfig(
    String bootstrapServers,
    String applicationId,
    int threads,
    WindowingConfig windowing,
    Duration commitInterval,
    int windowsInMemory,
    boolean exactlyOnce,
    Path stateDir,
    Map<String, String> kafka) {
  /// The usual group of processors.
  public static final String DEFAULT_APPLICATION_ID = "millrace";

  /// Two threads keep a small machine busy and leave something to its broker.
  public static final int DEFAULT_THREADS = 2;

  /// As [#commitInterval()].
  public static final Duration DEFAULT_COMMIT_INTERVAL = Duration.ofSeconds(1);

  private static final int MIN_WINDOWS_IN_MEMORY = 10_000;
  private static final int MAX_WINDOWS_IN_MEMORY = 1_000_000_000;
  private static final int BYTES_A_WINDOW = 2 << 10;

  /// @throws IllegalArgumentException naming option, value and range
  public ProcessorConfig {
    Objects.requireNonNull(bootstrapServers);
    Objects.requireNonNull(stateDir);
    Objects.requireNonNull(windowing);
    if (!applicationId.matches("[A-Za-z0-9._-]{1,200}")) {
      throw new IllegalArgumentException(
          "--application-id " + applicationId + ": must be letters, digits, '.', '_', '-'");
    }
    if (threads < 1 || threads > 256) {
      throw new IllegalArgumentException("--threads " + threads + ": must be 1 to 256");
    }
    range("--commit-interval", commitInterval, Duration.ofMillis(10), Duration.ofSeconds(5));
    if (windowsInMemory < MIN_WINDOWS_IN_MEMORY || windowsInMemory > MAX_WINDOWS_IN_MEMORY) {
      throw new IllegalArgumentException(
          "--windows-in-memory "
              + windowsInMemory
              + ": must be "
              + MIN_WINDOWS_IN_MEMORY
              + " to "
              + MAX_WINDOWS_IN_MEMORY);
    }
    kafka = Map.copyOf(kafka);
  }

  /// The usual settings.
  public static ProcessorConfig of(String bootstrapServers, Path stateDir) {
    return new ProcessorConfig(
        bootstrapServers,
        DEFAULT_APPLICATION_ID,
        DEFAULT_THREADS,
        WindowingConfig.DEFAULT,
        DEFAULT_COMMIT_INTERVAL,
        defaultWindowsInMemory(),
        true,
        stateDir,
        Map.of());
  }

  /// As many windows as take a quarter of the heap with few events each, and half with very many.
  public static int defaultWindowsInMemory() {
    return Math.clamp(
        Runtime.getRuntime().maxMemory() / 4 / BYTES_A_WINDOW,
        MIN_WINDOWS_IN_MEMORY,
        MAX_WINDOWS_IN_MEMORY);
  }

  static void range(String option, Duration value, Duration min, Duration max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          option + " " + text(value) + ": must be " + text(min) + " to " + text(max));
    }
  }

  private static String text(Duration duration) {
    if (duration.toMillis() % 1000 != 0) {
      return duration.toMillis() + "ms";
    }
    return duration.toHours() > 48 ? duration.toDays() + "d" : duration.toSeconds() + "s";
  }
}
