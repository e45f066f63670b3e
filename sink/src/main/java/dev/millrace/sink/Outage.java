package dev.millrace.sink;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The time during which the store cannot be had: when to try again, and what to say meanwhile.
///
/// One thread reports to it; any may ask for the cause.
final class Outage {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Duration SAY_AGAIN = Duration.ofSeconds(30);
  private static final Logger LOG = LoggerFactory.getLogger(Outage.class);

  private final LongSupplier nanoTime;
  private long begun;
  private long lastSaid;
  private long nextTry;
  private Duration pause = FIRST_PAUSE;
  private volatile String cause;

  Outage(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /// Why the store cannot be had and since when, as a sentence; empty if it can.
  Optional<String> cause() {
    return Optional.ofNullable(cause);
  }

  boolean isOn() {
    return cause != null;
  }

  /// How long until the next try; zero or less if it is time.
  Duration untilNextTry() {
    return Duration.ofNanos(nextTry - nanoTime.getAsLong());
  }

  /// The store could not be had.
  void failed(StoreBusyException e) {
    long now = nanoTime.getAsLong();
    if (!isOn()) {
      begun = now;
      lastSaid = now;
      pause = FIRST_PAUSE;
      LOG.warn("{}; the sink waits, and Kafka keeps what comes meanwhile", e.getMessage());
    }
    cause = e.getMessage() + ", for " + seconds(now) + " s now";
    if (now - lastSaid >= SAY_AGAIN.toNanos()) {
      lastSaid = now;
      LOG.warn("{}", cause);
    }
    nextTry = now + pause.toNanos();
    pause = pause.multipliedBy(2);
    pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  /// The store has done what it was asked to.
  void over() {
    if (isOn()) {
      LOG.warn(
          "the store can be had again after {} s; the sink goes on", seconds(nanoTime.getAsLong()));
      cause = null;
    }
  }

  private long seconds(long until) {
    return Duration.ofNanos(until - begun).toSeconds();
  }
}
