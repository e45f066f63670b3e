package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// An event source at work in a thread of its own.
public final class SourceTask {
  private final FutureTask<LedgerTotals> task;

  /// Starts it.
  public SourceTask(EventSource source) {
    task = new FutureTask<>(source::run);
    Thread.ofPlatform().name("millrace-source").start(task);
  }

  /// Waits for the end of the run.
  ///
  /// @return whether it has come
  /// @throws IOException if the source failed
  public boolean await(long millis) throws IOException, InterruptedException {
    try {
      var _ = task.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        default -> throw new IllegalStateException(e.getCause());
      }
    }
  }
}
