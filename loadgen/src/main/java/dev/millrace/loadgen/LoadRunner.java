package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
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

  private final LoadConfig config;
  private final String bootstrapServers;
  private final Map<String, String> kafka;
  private final Path ledgerFile;
  private final LoadMetrics metrics = new LoadMetrics();
  private volatile boolean stopped;

  /// @param kafka further producer settings, passed through as they are
  /// @param ledgerFile where the exact counts go
  public LoadRunner(
      LoadConfig config, String bootstrapServers, Map<String, String> kafka, Path ledgerFile) {
    this.config = config;
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
    Pace pace = new Pace(config.ratePerS());
    EventGenerator generator = new EventGenerator(config);
    RequestEventCodec codec = new RequestEventCodec();
    long total = pace.total(config.duration().toNanos());
    long startMs = System.currentTimeMillis();
    long start = System.nanoTime();
    long settled = 0;
    for (long index = 0; index < total && !stopped; ) {
      long elapsed = System.nanoTime() - start;
      long due = Math.min(pace.due(elapsed), total);
      metrics.maxBehindNanos.accumulate(elapsed - pace.dueNanos(index));
      for (; index < due && !stopped; index++) {
        // Event time is the time at which the event was due, not the one at which it got its turn.
        long time = startMs + TimeUnit.NANOSECONDS.toMillis(pace.dueNanos(index));
        RequestEvent event = generator.next(time);
        sender.send(event, codec.encode(event), ledger);
        if (time / 1000 != settled) {
          settled = time / 1000;
          ledger.settleBefore(time);
        }
      }
      long untilNext = pace.dueNanos(index) - (System.nanoTime() - start);
      if (untilNext > 0) {
        LockSupport.parkNanos(Math.clamp(untilNext, MIN_PAUSE_NANOS, MAX_PAUSE_NANOS));
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
