package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// One run of generated load: every event is sent when it is due, whether or not earlier ones have
/// been answered.
public final class LoadRunner implements EventSource {
  private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /// A stop must not wait for an event that is due in an hour.
  private static final long MAX_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Scenario scenario;
  private final String bootstrapServers;
  private final Map<String, String> kafka;
  private final Path ledgerFile;
  private final LoadMetrics metrics = new LoadMetrics();
  private volatile boolean stopped;

  /// @param kafka further producer settings, passed through as they are
  /// @param ledgerFile where the exact counts go
  public LoadRunner(
      Scenario scenario, String bootstrapServers, Map<String, String> kafka, Path ledgerFile) {
    this.scenario = scenario;
    this.bootstrapServers = bootstrapServers;
    this.kafka = Map.copyOf(kafka);
    this.ledgerFile = ledgerFile;
  }

  @Override
  public LedgerTotals run() throws IOException {
    // The sender first: with a wrong setting there is nothing to replace an earlier ledger for.
    try (EventSender sender = new EventSender(bootstrapServers, kafka, metrics);
        Ledger ledger = Ledger.create(ledgerFile)) {
      try {
        send(sender, ledger);
      } finally {
        sender.flush();
        ledger.finish(metrics.totals());
      }
      return metrics.totals();
    }
  }

  private void send(EventSender sender, Ledger ledger) throws IOException {
    Schedule schedule = scenario.load().schedule(scenario.seed());
    long startMs = System.currentTimeMillis();
    long start = System.nanoTime();
    EventGenerator generator = new EventGenerator(scenario, startMs);
    LedgerSeconds seconds = new LedgerSeconds(ledger, generator.series());
    // A duplicate is as old as the event before it.
    long maxAgeMs = scenario.faults().maxAgeMs() + 1_000;
    long settled = 0;
    for (long index = 0; !stopped; index++) {
      long elapsed = System.nanoTime() - start;
      // Event time is the time at which an event was due, not the one at which it got its turn.
      long due = schedule.isPaced() ? schedule.dueNanos(index) : elapsed;
      if (due >= schedule.lengthNanos()) {
        return;
      }
      for (long wait = due - elapsed; wait > 0 && !stopped; wait = due - elapsed) {
        LockSupport.parkNanos(Math.clamp(wait, MIN_PAUSE_NANOS, MAX_PAUSE_NANOS));
        elapsed = System.nanoTime() - start;
      }
      metrics.maxBehindNanos.accumulate(elapsed - due);
      sender.send(generator, generator.next(index, due), seconds);
      long time = startMs + TimeUnit.NANOSECONDS.toMillis(due);
      if (time / 1000 != settled) {
        settled = time / 1000;
        ledger.pass(time - maxAgeMs);
        ledger.writeSettled();
      }
    }
  }

  @Override
  public void stop() {
    stopped = true;
  }

  @Override
  public LoadMetrics metrics() {
    return metrics;
  }
}
