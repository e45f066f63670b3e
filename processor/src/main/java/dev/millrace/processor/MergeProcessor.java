package dev.millrace.processor;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.LateEvents;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.Varint;
import dev.millrace.events.WindowSize;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Bytes;
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

  /// Windows that a task keeps at most, with few series; about a kilobyte each. Partitions that are
  /// far apart, or an idle one, could make it keep any number of them.
  static final int MAX_WINDOWS = 200_000;

  /// Enough for all series in one task, while it waits some seconds for another one to be back.
  private static final int WINDOWS_A_SERIES = 40;

  /// How many more there are when some are forgotten, so that this is not done for each.
  private static final int MARGIN = MAX_WINDOWS / 10;

  /// Windows that ended this close to the clock are live: somebody waits for them.
  private static final long LIVE_MS = 10_000;

  private final WindowingConfig config;
  private final ProcessorCounters counters;
  private final FlowControl flowControl;
  private final int maxWindows;
  private final Map<LateWindow, Long> late = new HashMap<>();
  private ProcessorContext<byte[], Result> context;
  private MergedWindows windows;
  private boolean warned;
  private long aggregated;

  /// @param maxWindows windows kept at most, see [#maxWindows]
  MergeProcessor(
      WindowingConfig config, ProcessorCounters counters, FlowControl flowControl, int maxWindows) {
    this.flowControl = flowControl;
    this.config = config;
    this.counters = counters;
    this.maxWindows = maxWindows;
  }

  /// The most windows that a task keeps.
  static int maxWindows(WindowingConfig config) {
    return Math.max(MAX_WINDOWS, WINDOWS_A_SERIES * config.maxSeries());
  }

  static StoreBuilder<MergedWindows> store(WindowingConfig config) {
    return MergedWindows.store(
        Math.max(1, (int) config.idleRetention().dividedBy(CombineProcessor.IDLE_REPORT)));
  }

  @Override
  public void init(ProcessorContext<byte[], Result> taskContext) {
    context = taskContext;
    windows = taskContext.getStateStore(MergedWindows.NAME);
    windows.onCommit(taskContext, this::flush);
    late.clear();
    aggregated = 0;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    List<ConsumerRecord<byte[], byte[]>> batch = RecordBatches.take(record.value());
    if (batch == null) {
      process(record.key(), record.value());
    } else {
      batch.forEach(partial -> process(partial.key(), partial.value()));
    }
  }

  private void process(byte[] key, byte[] partial) {
    ByteBuffer in = ByteBuffer.wrap(partial);
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
      }
    }
    if (windows.count() > maxWindows + MARGIN) {
      context.commit();
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
    long excess = windows.count() > maxWindows ? windows.endOfExcess(maxWindows) : Long.MIN_VALUE;
    publish(Math.max(windows.closed(), excess));
    publishLate();
    forget(excess);
    press();
    windows.write();
    counters.aggregated.add(aggregated);
    aggregated = 0;
  }

  private void press() {
    long closed = windows.closed();
    if (windows.count() > maxWindows / 2 && closed != Long.MIN_VALUE && closed != Long.MAX_VALUE) {
      flowControl.press(context.taskId(), closed);
    } else {
      flowControl.release(context.taskId());
    }
  }

  @Override
  public void close() {
    flowControl.release(context.taskId());
  }

  private void publish(long closed) {
    if (closed == Long.MIN_VALUE) {
      return;
    }
    for (WindowSize size : WindowSize.values()) {
      for (MergedWindows.Window window : windows.takeChanged(size, closed)) {
        if (config.sizes().contains(size)) {
          byte[] row =
              JsonRecords.WINDOWS.encode(
                  windows
                      .total(window)
                      .summary(size, window.start, window.series(), window.revision));
          window.revision++;
          context.forward(
              new Record<>(window.key.get(), new Result(size.topic(), row), window.end()));
        }
      }
    }
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

  private void forget(long excess) {
    if (excess != Long.MIN_VALUE) {
      counters.forgottenEarly.add(windows.count() - (long) maxWindows);
      if (!warned) {
        warned = true;
        LOG.warn(
            "task {} keeps {} windows, the limit: older ones are forgotten before all partitions of"
                + " {} have passed them; their events will be counted as late",
            context.taskId(),
            maxWindows,
            Topics.REQUESTS);
      }
      windows.forget(excess);
    }
    long settled = windows.settled();
    if (settled != Long.MIN_VALUE) {
      windows.forget(settled - config.allowedLateness().toMillis());
    }
  }
}
