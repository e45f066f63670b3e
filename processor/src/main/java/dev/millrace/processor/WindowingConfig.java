package dev.millrace.processor;

import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.WindowSize;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/// How events become windows.
///
/// @param sizes the lengths of windows to publish
/// @param outOfOrderness how far behind the newest event of its partition an event may be without
///   being late; windows are published that much after their end
/// @param allowedLateness how late an event may be and still be counted, in a new revision of a row
///   already published; later ones are only counted as late. Windows are kept that long
/// @param idleTimeout a partition without events for this long, by the clock, no longer holds back
///   the publishing of windows; 200 ms or more
/// @param idleRetention how long windows are kept, by the clock, for what an idle partition may
///   still bring
/// @param maxSeries the most series that are told apart, of each partition
/// @param maxFutureSkew how far ahead of the clock an event may be
public record WindowingConfig(
    Set<WindowSize> sizes,
    Duration outOfOrderness,
    Duration allowedLateness,
    Duration idleTimeout,
    Duration idleRetention,
    int maxSeries,
    Duration maxFutureSkew) {
  /// Longer than the age of any log: nothing is ever late.
  public static final Duration UNLIMITED = Duration.ofDays(36_500);

  /// What networks, and senders' buffers and clocks, put out of order.
  public static final Duration DEFAULT_OUT_OF_ORDERNESS = Duration.ofSeconds(1);

  /// As [#allowedLateness()].
  public static final Duration DEFAULT_ALLOWED_LATENESS = Duration.ofSeconds(10);

  /// As [#idleTimeout()].
  public static final Duration DEFAULT_IDLE_TIMEOUT = Duration.ofSeconds(2);

  /// As [#idleRetention()].
  public static final Duration DEFAULT_IDLE_RETENTION = Duration.ofMinutes(10);

  /// As [#maxSeries()].
  public static final int DEFAULT_MAX_SERIES = 10_000;

  /// What half the heap of a small machine can hold.
  public static final int MAX_MAX_SERIES = 500_000;

  private static final Duration MIN_IDLE_TIMEOUT = Duration.ofMillis(200);
  private static final Duration MAX_IDLE_TIMEOUT = Duration.ofHours(1);
  private static final Duration MAX_IDLE_RETENTION = Duration.ofDays(7);

  /// All sizes, and the usual bounds.
  public static final WindowingConfig DEFAULT =
      new WindowingConfig(
          EnumSet.allOf(WindowSize.class),
          DEFAULT_OUT_OF_ORDERNESS,
          DEFAULT_ALLOWED_LATENESS,
          DEFAULT_IDLE_TIMEOUT,
          DEFAULT_IDLE_RETENTION,
          DEFAULT_MAX_SERIES,
          RequestEventCodec.DEFAULT_MAX_FUTURE_SKEW);

  /// @throws IllegalArgumentException naming option, value and range
  public WindowingConfig {
    if (sizes.isEmpty()) {
      throw new IllegalArgumentException("--windows is empty: give at least one of 1s, 10s, 1m");
    }
    sizes = Set.copyOf(sizes);
    ProcessorConfig.range("--out-of-orderness", outOfOrderness, Duration.ZERO, UNLIMITED);
    ProcessorConfig.range("--allowed-lateness", allowedLateness, Duration.ZERO, UNLIMITED);
    ProcessorConfig.range("--idle-timeout", idleTimeout, MIN_IDLE_TIMEOUT, MAX_IDLE_TIMEOUT);
    ProcessorConfig.range("--idle-retention", idleRetention, idleTimeout, MAX_IDLE_RETENTION);
    if (maxSeries < 1 || maxSeries > MAX_MAX_SERIES) {
      throw new IllegalArgumentException(
          "--max-series " + maxSeries + ": must be 1 to " + MAX_MAX_SERIES);
    }
    ProcessorConfig.range("--max-future-skew", maxFutureSkew, Duration.ZERO, UNLIMITED);
  }

  /// These settings with another allowed lateness.
  public WindowingConfig withAllowedLateness(Duration other) {
    return new WindowingConfig(
        sizes, outOfOrderness, other, idleTimeout, idleRetention, maxSeries, maxFutureSkew);
  }
}
