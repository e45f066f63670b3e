package dev.millrace.ingest;

import java.util.concurrent.atomic.AtomicLong;

/// The bytes that the edge may hold at a time. Nobody waits for room: there is some or there is
/// none. Thread-safe.
final class InFlight {
  private final long limit;
  private final AtomicLong held = new AtomicLong();

  InFlight(long limit) {
    this.limit = limit;
  }

  /// A request's share, so far nothing.
  Lease lease() {
    return new Lease();
  }

  /// Bytes held now.
  long held() {
    return held.get();
  }

  /// Bytes that may be held.
  long limit() {
    return limit;
  }

  /// What one request holds, until it is closed. For one thread.
  final class Lease implements AutoCloseable {
    private long bytes;

    private Lease() {}

    /// Takes some more.
    ///
    /// @return whether there was room; if not, nothing is taken
    boolean grow(long more) {
      long before = held.get();
      while (before + more <= limit) {
        if (held.compareAndSet(before, before + more)) {
          bytes += more;
          return true;
        }
        before = held.get();
      }
      return false;
    }

    @Override
    public void close() {
      held.addAndGet(-bytes);
      bytes = 0;
    }
  }
}
