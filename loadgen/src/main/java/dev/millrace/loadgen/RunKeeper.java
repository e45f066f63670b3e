package dev.millrace.loadgen;

import dev.millrace.events.LedgerTotals;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/// Keeps a run's books, second by second, in a thread of its own, so that neither sorting nor a
/// slow disk delays an event: takes what the others have recorded, adds it up, and writes it to the
/// run's folder. What cannot be written is said once, and the run goes on.
final class RunKeeper {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /// What has been counted at some moment.
  ///
  /// @param nanos since the start
  private record Mark(
      long nanos, long due, LedgerTotals totals, long cpuNanos, long senderCpuNanos) {}

  private final RunConfig config;
  private final Figures figures;
  private final LoadMetrics metrics;
  private final Ledger ledger;
  private final Thread sender;
  private final Schedule schedule;
  private final Thread thread;
  private final Histogram ack = LatencyRecorder.empty();
  private final Histogram lateness = LatencyRecorder.empty();
  private final Histogram e2e = LatencyRecorder.empty();
  private final long warmUpS;
  private LatencyLog log;
  private OutputStream series;
  private Mark last;
  private Mark measuredFrom;
  private Mark sendingEnd;
  private long second;
  private long late;
  private volatile boolean stopped;
  private Consumer<RunSecond> listener = _ -> {};
  private volatile RunSecond latest;
  private volatile String trouble;

  /// @param sender the thread that sends
  RunKeeper(RunConfig config, Figures figures, LoadMetrics metrics, Ledger ledger, Thread sender) {
    this.config = config;
    this.figures = figures;
    this.metrics = metrics;
    this.ledger = ledger;
    this.sender = sender;
    schedule = config.scenario().load().schedule(config.scenario().seed());
    warmUpS = config.warmUp().toSeconds();
    thread = Thread.ofPlatform().daemon().name("millrace-keeper").unstarted(this::keep);
  }

  /// Has somebody told of each second; before the start.
  void tell(Consumer<RunSecond> to) {
    listener = to;
  }

  /// The run has started.
  ///
  /// @param startMs epoch milliseconds
  void start(long startMs) {
    config
        .folder()
        .ifPresent(folder ->
            attempt(() -> {
              log = folder.latencyLog(startMs);
              series = folder.series();
            }));
    last = mark(schedule, 0);
    measuredFrom = last;
    thread.start();
  }

  private Mark mark(Schedule due, long nanos) {
    LedgerTotals totals = metrics.totals();
    long events = due.isPaced() ? config.share().of(due.due(nanos - 1)) : totals.sent();
    return new Mark(
        nanos, events, totals, Machine.processCpuNanos(), Machine.threadCpuNanos(sender));
  }

  private void keep() {
    while (!stopped) {
      long wait = (second + 1) * SECOND - figures.elapsed();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
      } else {
        second();
      }
    }
  }

  private void second() {
    // When it is and not when it should be: the totals are of now, also if writing took long.
    Mark now = mark(schedule, Math.max((second + 1) * SECOND, figures.elapsed()));
    boolean warmUp = second < warmUpS;
    Histogram acks = figures.ack.interval();
    Histogram lates = figures.lateness.interval();
    Histogram windows = figures.e2e.interval();
    if (!warmUp) {
      ack.add(acks);
      lateness.add(lates);
      e2e.add(windows);
      long bound = TimeUnit.MILLISECONDS.toMicros(OwnBottleneck.LATE_MS);
      late += lates.getTotalCount() - lates.getCountBetweenValues(0, bound);
    }
    RunSecond made = line(now, warmUp, acks, lates);
    write(made, List.of(acks, lates, windows));
    latest = made;
    listener.accept(made);
    last = now;
    second++;
    if (second == warmUpS) {
      measuredFrom = now;
    }
  }

  private RunSecond line(Mark now, boolean warmUp, Histogram acks, Histogram lates) {
    LedgerTotals to = now.totals();
    LedgerTotals from = last.totals();
    double cpu = cpu(last, now);
    return new RunSecond(
        second,
        now.due() - last.due(),
        to.sent() - from.sent(),
        to.acknowledged() - from.acknowledged(),
        to.rejected() - from.rejected(),
        to.failed() - from.failed(),
        to.unknown() - from.unknown(),
        LatencyRecorder.percentile(acks, 50),
        LatencyRecorder.percentile(acks, 99),
        LatencyRecorder.percentile(lates, 99),
        lates.getTotalCount() == 0 ? 0 : lates.getMaxValue(),
        Math.round(cpu * 1_000) / 1_000.0,
        warmUp);
  }

  private static double cpu(Mark from, Mark to) {
    double wall = Math.max(1, to.nanos() - from.nanos());
    return Math.clamp((to.cpuNanos() - from.cpuNanos()) / wall / Machine.processors(), 0, 1);
  }

  private void write(RunSecond made, List<Histogram> intervals) {
    writeUnknown();
    attempt(ledger::writeSettled);
    if (log != null) {
      attempt(() -> {
        for (Histogram interval : intervals) {
          log.write(second, second + 1.0, interval);
        }
      });
    }
    if (series != null) {
      attempt(() -> {
        series.write(RunSecond.JSON.encode(made));
        series.write('\n');
      });
    }
  }

  private void writeUnknown() {
    List<Figures.Unknown> unknown = new ArrayList<>();
    for (Figures.Unknown one = figures.unknown.poll(); one != null; one = figures.unknown.poll()) {
      unknown.add(one);
    }
    if (!unknown.isEmpty()) {
      config.folder().ifPresent(folder -> attempt(() -> folder.append(unknown)));
    }
  }

  private interface Writing {
    void run() throws IOException;
  }

  private void attempt(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      if (trouble == null) {
        trouble =
            "The run cannot be written, and goes on without: "
                + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
      }
    }
  }

  /// All is sent. For the sender's thread.
  ///
  /// @param nanos when, since the start
  void sendingEnded(long nanos) {
    // The keeper's thread is at work on its own one.
    sendingEnd = mark(config.scenario().load().schedule(config.scenario().seed()), nanos);
  }

  /// Every fate is known: writes what is left. For the sender's thread.
  ///
  /// @param settled when the last fate was known, nanoseconds since the start
  /// @param blockedS seconds for which sending waited for room
  /// @param probed whether end-to-end times were looked for with success
  /// @return the figures of the whole
  RunSummary finish(long settled, double blockedS, boolean probed, long startMs) {
    stopped = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    double end = Math.ceil(figures.elapsed() / 1e9);
    while (second < end) {
      second();
    }
    RunSummary summary = summary(settled / 1e9, blockedS, probed, startMs);
    writeUnknown();
    attempt(() -> ledger.finish(metrics.totals()));
    if (log != null) {
      log.close();
    }
    if (series != null) {
      attempt(series::close);
    }
    config.folder().ifPresent(folder -> attempt(() -> folder.write(summary)));
    return summary;
  }

  private RunSummary summary(double durationS, double blockedS, boolean probed, long startMs) {
    LedgerTotals totals = metrics.totals();
    Mark from = sendingEnd.nanos() > measuredFrom.nanos() ? measuredFrom : sendingEnd;
    double measuredS = Math.max(1e-9, (sendingEnd.nanos() - from.nanos()) / 1e9);
    double settledS = Math.max(measuredS, durationS - from.nanos() / 1e9);
    long sent = sendingEnd.totals().sent() - from.totals().sent();
    double targetPerS = (sendingEnd.due() - from.due()) / measuredS;
    double acknowledged = totals.acknowledged() - from.totals().acknowledged();
    OwnBottleneck bottleneck =
        new OwnBottleneck(
            schedule.isPaced(),
            lateness.getTotalCount(),
            late,
            targetPerS,
            sent / measuredS,
            blockedS,
            measuredS,
            cpu(from, sendingEnd),
            (sendingEnd.senderCpuNanos() - from.senderCpuNanos()) / (measuredS * 1e9));
    List<String> causes = bottleneck.causes();
    return Summaries.of(
        config,
        startMs,
        durationS,
        sendingEnd.nanos() / 1e9,
        totals,
        new RunSummary.Rate(
            schedule.isPaced() ? targetPerS : null, sent / measuredS, acknowledged / settledS),
        new RunSummary.Latencies(
            LatencyRecorder.figures(ack),
            LatencyRecorder.figures(lateness),
            probed ? LatencyRecorder.figures(e2e) : null),
        causes);
  }

  /// The second before this one; empty if there is none yet.
  Optional<RunSecond> latest() {
    return Optional.ofNullable(latest);
  }

  /// What could not be written, if anything could not.
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }
}
