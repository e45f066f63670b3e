package dev.millrace.ingest;

import java.time.Duration;

/// What a client may ask of the edge. All of it is bounded, and what is beyond a bound is answered
/// and not waited for.
///
/// @param maxInFlight bytes of bodies that may be held at a time, from before they are read until
///   they are answered, 1 MiB to 1 GiB
/// @param maxBody bytes of one body, as sent and as decoded, 64 KiB to 64 MiB and at most an eighth
///   of `maxInFlight`: what is held for a body of the smallest events is seven times as much
/// @param maxConnections connections at a time, 1 to 1,000,000
/// @param maxConnectionsPerAddress of these, from one address, 1 to 1,000,000
/// @param headerTimeout from the first byte of a request until its head is whole
/// @param bodyTimeout how long a body, and the reading of an answer, may take
/// @param keepAlive how long a connection may be idle between requests
public record HttpLimits(
    long maxInFlight,
    int maxBody,
    int maxConnections,
    int maxConnectionsPerAddress,
    Duration headerTimeout,
    Duration bodyTimeout,
    Duration keepAlive) {
  /// Some thousand requests of the usual size.
  public static final long DEFAULT_MAX_IN_FLIGHT = 64L << 20;

  /// Some 20,000 events.
  public static final int DEFAULT_MAX_BODY = 4 << 20;

  /// As many as the heap that the launcher gives has room for when all speak TLS.
  public static final int DEFAULT_MAX_CONNECTIONS = 5_000;

  /// One address cannot have them all. A proxy in front is one address: raise it there.
  public static final int DEFAULT_MAX_CONNECTIONS_PER_ADDRESS = 2_500;

  /// A head is a packet or two.
  public static final Duration DEFAULT_HEADER_TIMEOUT = Duration.ofSeconds(10);

  /// A body of the largest size at 140 kB/s.
  public static final Duration DEFAULT_BODY_TIMEOUT = Duration.ofSeconds(30);

  /// Longer than the 60 s that proxies usually keep a connection: the one that sends should close.
  public static final Duration DEFAULT_KEEP_ALIVE = Duration.ofSeconds(75);

  private static final int MAX_CONNECTIONS = 1_000_000;
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(1);

  /// The usual limits.
  public static final HttpLimits DEFAULT =
      new HttpLimits(
          DEFAULT_MAX_IN_FLIGHT,
          DEFAULT_MAX_BODY,
          DEFAULT_MAX_CONNECTIONS,
          DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
          DEFAULT_HEADER_TIMEOUT,
          DEFAULT_BODY_TIMEOUT,
          DEFAULT_KEEP_ALIVE);

  /// Bytes of request line and headers together.
  static final int MAX_HEAD_BYTES = 16 << 10;

  /// Headers of a request.
  static final int MAX_HEADERS = 100;

  /// After so many requests a connection is closed, so that load balancers can spread anew.
  static final int MAX_REQUESTS_PER_CONNECTION = 100_000;

  /// @throws IllegalArgumentException naming option, value and range
  public HttpLimits {
    require("--max-in-flight", maxInFlight, 1L << 20, 1L << 30);
    require("--max-body", maxBody, 64L << 10, Math.min(64L << 20, maxInFlight / 8));
    require("--max-connections", maxConnections, 1, MAX_CONNECTIONS);
    require("--max-connections-per-address", maxConnectionsPerAddress, 1, MAX_CONNECTIONS);
    require("--header-timeout", headerTimeout);
    require("--body-timeout", bodyTimeout);
    require("--keep-alive", keepAlive);
  }

  /// Bytes of events with an `Idempotency-Key` that may wait for Kafka, though their request may
  /// have been answered. Four of the largest bodies: small events take several times their bytes.
  long keyedBuffer() {
    return maxInFlight / 2;
  }

  private static void require(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(option + " " + value + ": must be " + min + " to " + max);
    }
  }

  private static void require(String option, Duration value) {
    if (value.compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          option + " " + value.toMillis() + "ms: must be 100ms to 1h");
    }
  }
}
