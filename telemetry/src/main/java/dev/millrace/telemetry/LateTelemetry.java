package dev.millrace.telemetry;

import java.util.function.Consumer;

/// A [Telemetry] that is made when it is wanted: by the first scrape, or once there is time for it.
/// What takes so many classes must not hold up a start. Thread-safe.
public final class LateTelemetry implements AutoCloseable {
  private final Consumer<Telemetry> setUp;
  private Telemetry made;
  private boolean closed;

  /// @param setUp adds the service's figures to it
  public LateTelemetry(Consumer<Telemetry> setUp) {
    this.setUp = setUp;
  }

  /// Has it made now, by another thread: what the JVM collects before that is not counted.
  public void prepare() {
    var _ = Thread.ofPlatform().daemon().name("millrace-telemetry-set-up").start(this::make);
  }

  /// @return null if it is closed
  private synchronized Telemetry make() {
    if (made == null && !closed) {
      Telemetry fresh = new Telemetry();
      try {
        setUp.accept(fresh);
      } catch (RuntimeException e) {
        fresh.close();
        throw e;
      }
      made = fresh;
    }
    return closed ? null : made;
  }

  /// All figures of now.
  ///
  /// @param accept as of [Telemetry#scrape(String)]
  /// @throws StoppingException if it is closed
  public Exposition scrape(String accept) {
    Telemetry telemetry = make();
    if (telemetry == null) {
      throw new StoppingException();
    }
    return telemetry.scrape(accept);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (made != null) {
      made.close();
    }
  }
}
