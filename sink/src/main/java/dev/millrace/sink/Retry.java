package dev.millrace.sink;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tries again while the database is busy, for a while: a backup or a check may lock it for
/// seconds, and that is no reason to stop.
final class Retry {
  /// Below Kafka's `max.poll.interval.ms` (5 min), so that the partitions stay ours meanwhile.
  static final Duration LIMIT = Duration.ofSeconds(60);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);
  private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

  /// Waits between two tries.
  interface Pause {
    /// @return whether to give up instead of trying again
    boolean await(Duration duration) throws InterruptedException;
  }

  private final Pause pause;
  private final LongSupplier nanoTime;
  private volatile String waitingFor;

  /// Sleeps between tries, on the calling thread.
  Retry() {
    this(
        duration -> {
          Thread.sleep(duration);
          return false;
        },
        System::nanoTime);
  }

  Retry(Pause pause, LongSupplier nanoTime) {
    this.pause = pause;
    this.nanoTime = nanoTime;
  }

  /// What is being waited for now.
  Optional<String> waitingFor() {
    return Optional.ofNullable(waitingFor);
  }

  /// Does the work until the store is not busy.
  ///
  /// @throws StoreBusyException if the pause said to give up
  /// @throws SinkException if the store was busy for [#LIMIT]
  <T> T whileBusy(Supplier<T> work) {
    long start = nanoTime.getAsLong();
    Duration wait = FIRST_PAUSE;
    while (true) {
      try {
        T result = work.get();
        waitingFor = null;
        return result;
      } catch (StoreBusyException e) {
        Duration elapsed = Duration.ofNanos(nanoTime.getAsLong() - start);
        if (elapsed.compareTo(LIMIT) >= 0) {
          throw new SinkException(
              e.getMessage() + ", for " + elapsed.toSeconds() + " s now: end that program", e);
        }
        waitingFor = e.getMessage();
        LOG.warn("{}; trying again in {} ms", e.getMessage(), wait.toMillis());
        pause(wait, e);
        wait = wait.multipliedBy(2);
        wait = wait.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wait;
      }
    }
  }

  /// The same for work without a result.
  void whileBusy(Runnable work) {
    whileBusy(() -> {
      work.run();
      return true;
    });
  }

  private void pause(Duration wait, StoreBusyException reason) {
    try {
      if (pause.await(wait)) {
        throw reason;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw reason;
    }
  }
}
