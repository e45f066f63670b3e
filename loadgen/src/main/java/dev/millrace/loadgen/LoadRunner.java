package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One run of generated load: every event is sent when it is due, whether or not earlier ones have
/// been answered, and measured from the time at which it was due.
public final class LoadRunner implements EventSource {
  /// Without a rate that is known, one event of so many is watched.
  private static final long MAX_RATE_SAMPLED = 20_000;

  private final RunConfig config;
  private final LoadMetrics metrics = new LoadMetrics();
  private final Figures figures = new Figures();
  private volatile WindowProbe probed;
  private volatile boolean stopped;
  private volatile Consumer<RunSecond> listener = _ -> {};
  private volatile RunKeeper keeper;
  private volatile RunSummary summary;
  private volatile SenderWaits waits = SenderWaits.NONE;

  public LoadRunner(RunConfig config) {
    this.config = config;
  }

  /// @throws IOException if the run could not be written; it was sent to its end all the same
  @Override
  public LedgerTotals run() throws IOException {
    // The sender first: with a wrong setting, or without the topic, there is nothing to replace an
    // earlier ledger for.
    boolean paced = config.scenario().load().isPaced();
    try (EventSender sender =
        new EventSender(target(paced), metrics, figures, paced, () -> stopped)) {
      sender.awaitReady();
      run(sender);
    }
    if (keeper.trouble().isPresent()) {
      throw new IOException(keeper.trouble().get());
    }
    return metrics.totals();
  }

  private Target target(boolean paced) {
    return config.http().isPresent()
        ? new HttpTarget(config.http().get(), paced, () -> stopped)
        : KafkaTarget.of(config.bootstrapServers(), config.kafka(), paced, () -> stopped);
  }

  private void run(EventSender sender) throws IOException {
    try (WindowProbe probe =
            config.e2e().measured()
                ? WindowProbe.start(
                    config.bootstrapServers(), config.kafka(), config.e2e().linger(), figures)
                : null;
        Ledger ledger = Ledger.create(config.ledger())) {
      keeper = new RunKeeper(config, figures, metrics, ledger, Thread.currentThread());
      keeper.tell(listener);
      long startMs = config.startMs().orElseGet(System::currentTimeMillis);
      figures.start(
          System.nanoTime()
              + (startMs - System.currentTimeMillis()) * TimeUnit.MILLISECONDS.toNanos(1));
      keeper.start(startMs);
      try {
        send(sender, probe, ledger, startMs);
      } finally {
        keeper.sendingEnded(ended());
        sender.flush();
        // The last windows are not waited for in these.
        long settled = figures.elapsed();
        if (probe != null) {
          probe.finish();
          probed = probe;
        }
        waits = sender.waits();
        summary =
            keeper.finish(settled, waits.blockedS(), probe != null && probe.hasMeasured(), startMs);
      }
    }
  }

  /// The run lasts as long as its schedule, even if the last event is due before.
  private long ended() {
    boolean early = stopped || config.events().isPresent();
    return Math.max(figures.elapsed(), early ? 0 : config.scenario().load().duration().toNanos());
  }

  private void send(EventSender sender, WindowProbe probe, Ledger ledger, long startMs) {
    Scenario scenario = config.scenario();
    Schedule schedule = scenario.load().schedule(scenario.seed());
    EventGenerator generator = new EventGenerator(scenario, startMs);
    LedgerSeconds seconds = new LedgerSeconds(ledger, generator.series());
    // A duplicate is as old as the event before it.
    long maxAgeMs = scenario.faults().maxAgeMs() + 1_000;
    boolean paced = schedule.isPaced();
    int workers = config.share().workers();
    long sampled = Math.max(1, (long) (scenario.load().meanPerS() / workers / WindowProbe.PER_S));
    long toSample = probe == null ? Long.MAX_VALUE : 0;
    long last = 0;
    long passed = 0;
    long left = config.events().orElse(Long.MAX_VALUE);
    // Several workers agree on a start that is yet to come.
    await(0, Long.MAX_VALUE);
    for (long index = config.share().worker(); !stopped && left > 0; index += workers, left--) {
      // Event time is the time at which an event was due, not the one at which it got its turn.
      long due = paced ? schedule.dueNanos(index) : figures.elapsed();
      if (due >= schedule.lengthNanos()) {
        return;
      }
      byte[] json = generator.next(index, due);
      long handed = paced ? await(due, due - last) : due;
      if (handed < due) {
        // Stopped before its time.
        return;
      }
      last = due;
      if (toSample-- == 0) {
        toSample = paced ? sampled : MAX_RATE_SAMPLED;
        if (config.e2e().covers(due, schedule.lengthNanos())) {
          watch(probe, generator, due);
        }
      }
      sender.send(generator, json, seconds, due, handed);
      if (generator.time() / 1_000 != passed) {
        passed = generator.time() / 1_000;
        ledger.pass(startMs + TimeUnit.NANOSECONDS.toMillis(due) - maxAgeMs);
      }
    }
  }

  private static void watch(WindowProbe probe, EventGenerator generator, long due) {
    if (generator.isValid() && !generator.isAged()) {
      probe.sending(generator.series().get(generator.seriesIndex()).key(), generator.time(), due);
    }
  }

  /// Waits until an event is due.
  ///
  /// @return when it is handed over, nanoseconds since the start
  private long await(long due, long gap) {
    long now = figures.elapsed();
    while (now < due && !stopped) {
      Pacer.await(due - now, gap);
      now = figures.elapsed();
    }
    return now;
  }

  /// Has somebody told of each second when it is over; before the run.
  public void tell(Consumer<RunSecond> to) {
    listener = to;
  }

  /// The second before this one, while the run goes on; empty in the first.
  public Optional<RunSecond> latest() {
    return keeper == null ? Optional.empty() : keeper.latest();
  }

  /// What could not be written, if anything could not.
  public Optional<String> trouble() {
    return keeper == null ? Optional.empty() : keeper.trouble();
  }

  /// Why end-to-end times are not of the whole run, if they are not, once it is over.
  public Optional<String> unseen() {
    return probed == null
        ? Optional.empty()
        : probed
            .failure()
            .or(probed::remark)
            .or(() ->
                uncounted() == 0
                    ? Optional.empty()
                    : Optional.of(
                        uncounted()
                            + " events came after the first row of their window; end to end, that row"
                            + " counts."));
  }

  /// Why there are no end-to-end times although they were looked for, once the run is over.
  Optional<String> blind() {
    return probed == null ? Optional.empty() : probed.failure();
  }

  /// Events that came after the first row of their window, once the run is over; 0 if some were
  /// made to.
  long uncounted() {
    return probed == null || config.scenario().faults().maxAgeMs() > 0 ? 0 : probed.uncounted();
  }

  /// Where events waited, once the run is over.
  SenderWaits waits() {
    return waits;
  }

  /// What `run.json` says; empty before the end.
  public Optional<RunSummary> summary() {
    return Optional.ofNullable(summary);
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
