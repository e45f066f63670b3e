package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.util.concurrent.CountDownLatch;

/// Sends nothing until it is stopped, for a pipeline that gets its events from elsewhere.
public final class SilentSource implements EventSource {
  private final LoadMetrics metrics = new LoadMetrics();
  private final CountDownLatch stopped = new CountDownLatch(1);

  @Override
  public LedgerTotals run() {
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return metrics.totals();
  }

  @Override
  public void stop() {
    stopped.countDown();
  }

  @Override
  public LoadMetrics metrics() {
    return metrics;
  }
}
