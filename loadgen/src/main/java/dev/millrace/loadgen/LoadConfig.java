package dev.millrace.loadgen;

import java.time.Duration;
import java.util.Objects;

/// What load to make.
///
/// @param ratePerS events a second, on an even schedule that does not wait for answers
/// @param duration how long
/// @param services number of services
/// @param routes routes of each service
/// @param seed same seed, same sequence of events, times and ids apart
public record LoadConfig(double ratePerS, Duration duration, int services, int routes, long seed) {
  /// Events a second.
  public static final double DEFAULT_RATE = 20_000;

  /// Length of a run.
  public static final Duration DEFAULT_DURATION = Duration.ofSeconds(30);

  /// Number of services.
  public static final int DEFAULT_SERVICES = 20;

  /// Routes of each service.
  public static final int DEFAULT_ROUTES = 5;

  /// Seed of the event sequence.
  public static final long DEFAULT_SEED = 42;

  private static final int MAX_SERIES = 1_000_000;

  /// @throws IllegalArgumentException naming option, value and range
  public LoadConfig {
    Objects.requireNonNull(duration);
    if (!(ratePerS > 0 && ratePerS <= 10_000_000)) {
      throw new IllegalArgumentException(
          "--rate " + number(ratePerS) + ": must be above 0 and at most 10m a second");
    }
    if (duration.isNegative() || duration.isZero() || duration.compareTo(Duration.ofDays(7)) > 0) {
      throw new IllegalArgumentException(
          "--duration "
              + number(duration.toMillis() / 1000.0)
              + "s: must be above 0 and at most 7d");
    }
    if (services < 1 || routes < 1 || (long) services * routes > MAX_SERIES) {
      throw new IllegalArgumentException(
          "--services "
              + services
              + " --routes "
              + routes
              + ": each must be at least 1, their product at most "
              + MAX_SERIES);
    }
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
