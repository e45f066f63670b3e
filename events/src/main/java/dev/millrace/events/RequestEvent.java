package dev.millrace.events;

import java.util.OptionalLong;

/// One request that some service answered.
///
/// @param id carried and ignored; may be empty
/// @param time event time, epoch milliseconds, not negative
/// @param service who answered
/// @param route the route's template, e.g. `/v1/orders/{id}`
/// @param method HTTP method; may be empty
/// @param status HTTP status, 100 to 999
/// @param durationUs microseconds, 0 to [#MAX_DURATION_US]; empty where the source has none (most
///   access logs)
/// @param bytes size of the answer, 0 to [#MAX_BYTES], 0 where unknown
public record RequestEvent(
    String id,
    long time,
    String service,
    String route,
    String method,
    int status,
    OptionalLong durationUs,
    long bytes) {
  /// 2^40 µs, 12 days: eight million of these still add up without overflow.
  public static final long MAX_DURATION_US = 1L << 40;

  /// 2^40 bytes, one tebibyte.
  public static final long MAX_BYTES = 1L << 40;

  /// The series that this event belongs to.
  public Series series() {
    return new Series(service, route);
  }

  /// Whether the service failed: status 500 and above.
  public boolean isError() {
    return isError(status);
  }

  /// Whether the client was at fault: status 400 to 499.
  public boolean isClientError() {
    return isClientError(status);
  }

  /// The contract's meaning of `errors`.
  public static boolean isError(int status) {
    return status >= 500;
  }

  /// The contract's meaning of `client_errors`.
  public static boolean isClientError(int status) {
    return status >= 400 && status < 500;
  }
}
