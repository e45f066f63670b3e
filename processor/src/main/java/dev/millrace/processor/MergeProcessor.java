package dev.millrace.processor;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.LateEvents;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.Varint;
import dev.millrace.events.WindowSize;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Merges the partials of all combine tasks into windows, and publishes those that the watermarks
/// have closed. A window that changes after that is published again, with a higher revision, until
/// it is forgotten; what comes for a forgotten one is counted as late.
///
/// Rows are made when the task commits: under exactly-once nobody could read them before, and what
/// has changed twice since the last commit is published once.
final class MergeProcessor implements Processor<byte[], byte[], byte[], MergeProcessor.Result> {
  /// A record for one of the result topics.
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
  record Result(String topic, byte[] json) {}

  private record LateWindow(Bytes key, long start) {}

  private static final Logger LOG = LoggerFactory.getLogger(MergeProcessor.class);

  private static final Bytes TOTAL =
      Bytes.wrap(Series.TOTAL.key().getBytes(StandardCharsets.UTF_8));

  /// Windows that a task publishes in a commit, and forgets, before it leaves the others to the
  /// next one: a transaction that takes too long is aborted, and so would be all that follow it.
  /// All tasks of a thread are in one transaction.
  static final int MOST_A_COMMIT = 10_000;

  private static final Duration SOON = Duration.ofMillis(1);

  /// Windows that ended this close to the clock are live: somebody waits for them.
  private static final long LIVE_MS = 10_000;

  private final WindowingConfig config;
  private final ProcessorCounters counters;
  private final int mostACommit;
  private final boolean exactlyOnce;
  private final Map<LateWindow, Long> late = new HashMap<>();
  private ProcessorContext<byte[], Result> context;
  private MergedWindows windows;
  private Cancellable nextCommit;
  private boolean warned;
  private long aggregated;

  /// @param mostACommit see [#MOST_A_COMMIT]
  /// @param exactlyOnce whether a commit is all or nothing
  MergeProcessor(
      WindowingConfig config, ProcessorCounters counters, int mostACommit, boolean exactlyOnce) {
    this.config = config;
    this.counters = counters;
    this.mostACommit = mostACommit;
    this.exactlyOnce = exactlyOnce;
  }

  /// @param partitions how many `requests` has
  /// @param maxOnHeap how many windows a task has in memory; more are on disk
  /// @param exactlyOnce whether a commit is all or nothing
  static StoreBuilder<MergedWindows> store(
      WindowingConfig config, int partitions, int maxOnHeap, boolean exactlyOnce) {
    return MergedWindows.store(
        Math.max(1, (int) config.idleRetention().dividedBy(CombineProcessor.IDLE_REPORT)),
        partitions,
        maxOnHeap,
        !exactlyOnce);
  }

  @Override
  public void init(ProcessorContext<byte[], Result> taskContext) {
    context = taskContext;
    windows = taskContext.getStateStore(MergedWindows.NAME);
    windows.onCommit(taskContext, this::flush);
    late.clear();
    aggregated = 0;
    if (nextCommit != null) {
      // Of the same task before it was revived: Streams has kept it.
      nextCommit.cancel();
      nextCommit = null;
    }
    // Not only at a commit: a task that hears of nobody has none.
    tellState();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    List<ConsumerRecord<byte[], ByteBuffer>> batch = RecordBatches.take(record.value());
    if (batch == null) {
      process(record.key(), ByteBuffer.wrap(record.value()));
    } else {
      batch.forEach(partial -> process(partial.key(), partial.value()));
    }
  }

  private void process(byte[] key, ByteBuffer in) {
    byte kind = in.get();
    switch (kind) {
      case Partials.AGGREGATES -> merge(Bytes.wrap(key), in);
      case Partials.LATE -> addLate(Bytes.wrap(key), Varint.read(in), Varint.read(in));
      case Partials.WATERMARK -> {
        windows.update(Partials.readWatermark(in));
        commitIfLive();
      }
      default -> throw new IllegalStateException("unknown partial of kind " + kind);
    }
  }

  private void merge(Bytes key, ByteBuffer in) {
    while (in.hasRemaining()) {
      long start = Varint.read(in);
      if (windows.isForgotten(start + WindowSize.SECOND.ms())) {
        WindowAggregate lost = new WindowAggregate();
        lost.merge(in);
        addLate(key, start, lost.requests());
      } else {
        WindowAggregate window = windows.change(key, start).own;
        long before = window.requests();
        window.merge(in);
        if (key.equals(TOTAL)) {
          aggregated += window.requests() - before;
        }
        windows.relieve();
      }
    }
  }

  private void addLate(Bytes key, long start, long requests) {
    late.merge(new LateWindow(key, start), requests, Long::sum);
  }

  /// A closed window should be published at once, not at the end of the commit interval.
  private void commitIfLive() {
    long first = windows.firstChanged(WindowSize.SECOND);
    if (first != Long.MAX_VALUE
        && first + WindowSize.SECOND.ms() <= windows.closed()
        && context.currentSystemTimeMs() - first < LIVE_MS) {
      context.commit();
    }
  }

  private void flush() {
    // At least once, a kill may lose rows of this commit and keep what the changelog says of them.
    // So windows are forgotten only if an earlier commit has published them.
    boolean done = exactlyOnce || forget();
    done &= publish(windows.closed());
    publishLate();
    if (exactlyOnce) {
      done = done && forget();
    }
    windows.write();
    windows.relieve();
    if (!done) {
      commitSoon();
    }
    counters.aggregated.add(aggregated);
    aggregated = 0;
    tellSpilled();
    tellState();
  }

  private void tellState() {
    counters.tasks.tell(
        context.taskId().partition(),
        new TaskStates.Merge(windows.onHeap(), windows.onDisk(), windows.unheard()));
  }

  @Override
  public void close() {
    if (context != null) {
      counters.tasks.mergeEnded(context.taskId().partition());
    }
  }

  /// A commit cannot ask for the next one: Streams takes that for granted by the commit itself.
  private void commitSoon() {
    if (nextCommit != null) {
      return;
    }
    nextCommit =
        context.schedule(
            SOON,
            PunctuationType.WALL_CLOCK_TIME,
            now -> {
              if (nextCommit != null) {
                nextCommit.cancel();
                nextCommit = null;
              }
              context.commit();
            });
  }

  private void tellSpilled() {
    long spilled = windows.takeSpilled();
    counters.spilled.add(spilled);
    if (spilled > 0 && !warned) {
      warned = true;
      LOG.warn(
          "task {} has more windows than may be in memory (--windows-in-memory) and moves some to disk",
          context.taskId());
    }
  }

  /// @return whether all that can be published is
  private boolean publish(long closed) {
    int published = 0;
    for (WindowGroup group = windows.firstChangedUntil(closed);
        group != null;
        group = windows.firstChangedUntil(closed)) {
      if (published >= mostACommit) {
        return false;
      }
      published += publish(group);
      windows.relieve();
    }
    return true;
  }

  private int publish(WindowGroup group) {
    WindowSize size = group.size;
    boolean wanted = config.sizes().contains(size);
    Map<Bytes, WindowAggregate> totals = wanted ? windows.totals(group) : Map.of();
    Collection<WindowGroup.Window> taken = windows.takeChanged(group);
    if (wanted) {
      for (WindowGroup.Window window : taken) {
        byte[] row =
            JsonRecords.WINDOWS.encode(
                totals
                    .get(window.key)
                    .summary(size, group.start, window.series(), window.revision));
        window.revision++;
        context.forward(new Record<>(window.key.get(), new Result(size.topic(), row), group.end()));
      }
      counters.published.get(size).add(taken.size());
    }
    return taken.size();
  }

  private void publishLate() {
    late.forEach((window, requests) -> {
      Series series = Series.parse(new String(window.key.get(), StandardCharsets.UTF_8));
      byte[] json =
          JsonRecords.LATE.encode(
              new LateEvents(
                  window.start,
                  WindowSize.SECOND.ms(),
                  series.service(),
                  series.route(),
                  requests));
      context.forward(new Record<>(window.key.get(), new Result(Topics.LATE, json), window.start));
      if (window.key.equals(TOTAL)) {
        counters.late.add(requests);
      }
    });
    late.clear();
  }

  /// @return whether all that can be forgotten is
  private boolean forget() {
    long settled = windows.settled();
    return settled == Long.MIN_VALUE
        || windows.forget(settled - config.allowedLateness().toMillis(), mostACommit);
  }
}
