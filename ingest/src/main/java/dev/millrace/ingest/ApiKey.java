package dev.millrace.ingest;

import java.util.concurrent.TimeUnit;

/// Somebody who may send, and how much: a token bucket of one second's events. A request may take
/// more than there is; who comes next waits until that is paid back. Thread-safe.
final class ApiKey {
  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String name;
  private final byte[] hash;
  private final double eventsPerSecond;
  private double tokens;
  private long filledAt;

  /// @param name for the log and the file; no secret
  /// @param hash SHA-256 of the key
  /// @param eventsPerSecond how many events it may send, infinite for any number
  /// @param now [System#nanoTime()]
  ApiKey(String name, byte[] hash, double eventsPerSecond, long now) {
    this.name = name;
    this.hash = hash.clone();
    this.eventsPerSecond = eventsPerSecond;
    this.tokens = eventsPerSecond;
    this.filledAt = now;
  }

  String name() {
    return name;
  }

  byte[] hash() {
    return hash.clone();
  }

  boolean hasSameTerms(ApiKey other) {
    return name.equals(other.name) && eventsPerSecond == other.eventsPerSecond;
  }

  /// How long to wait before the next request.
  ///
  /// @param now [System#nanoTime()]
  /// @return seconds, 0 if there is nothing to wait for
  synchronized double waitS(long now) {
    fill(now);
    return tokens > 0 ? 0 : -tokens / eventsPerSecond;
  }

  /// Counts what was sent.
  ///
  /// @param now [System#nanoTime()]
  synchronized void charge(int events, long now) {
    fill(now);
    tokens -= events;
  }

  private void fill(long now) {
    if (Double.isInfinite(eventsPerSecond)) {
      return;
    }
    tokens = Math.min(eventsPerSecond, tokens + (now - filledAt) / NANOS * eventsPerSecond);
    filledAt = now;
  }
}
