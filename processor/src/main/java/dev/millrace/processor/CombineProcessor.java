package dev.millrace.processor;

import dev.millrace.events.EventScanner;
import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Varint;
import dev.millrace.events.WindowSize;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Adds up the events of one partition of `requests` on the heap, and hands the sums to merge when
/// the task commits: partials by series and window, services and the total included, then how far
/// the partition has got in event time. Between two commits nothing is serialised, stored or sent.
///
/// Whether an event is late is judged here, against this partition's own watermark and in its own
/// order, so that the verdict depends on the input and not on who was faster.
final class CombineProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  static final String STORE = "combine";

  private static final Logger LOG = LoggerFactory.getLogger(CombineProcessor.class);

  /// Highest event time seen, kept with the committed offset: a task that goes on from there judges
  /// lateness as if it had never stopped.
  private static final String NEWEST = "newest-event";

  private static final WindowSize[] SIZES = WindowSize.values();
  private static final long SECOND_MS = WindowSize.SECOND.ms();

  /// A record of partials is sent when it has grown to this; Kafka's usual limit is 1 MiB.
  private static final int FULL_RECORD = 256 << 10;

  /// Partials held before a commit is asked for early.
  private static final int MAX_HELD = 50_000;

  /// Events this close to the clock are live: somebody waits for their windows.
  private static final long LIVE_MS = 5_000;

  /// Partitions pass a window's end at about the same time. A commit is asked for this much later,
  /// to be one for all of the thread.
  private static final long TOGETHER_MS = 30;

  private static final Duration CHECK = Duration.ofMillis(200);

  /// How often an idle partition says so.
  static final Duration IDLE_REPORT = Duration.ofSeconds(1);

  private record LateWindow(HeldSeries series, long start) {}

  private final WindowingConfig config;
  private final int partitions;
  private final ProcessorCounters counters;
  private final EventScanner scanner;
  private final long outOfOrdernessMs;
  private final long allowedLatenessMs;

  private ProcessorContext<byte[], byte[]> context;
  private Store store;
  private SeriesTable table;
  private boolean warned;

  private final List<HeldSeries> active = new ArrayList<>();
  private final Map<LateWindow, Long> late = new HashMap<>();
  private ByteBuffer out = ByteBuffer.allocate(64 << 10);
  private int held;

  private long newest;
  private long watermark;
  private long nextClose;
  private long reported;

  // Since the last flush.
  private long consumed;
  private long deadLettered;
  private final long[] correcting = new long[SIZES.length];

  // Those that count as activity: not dead letters, and not what is too late, which may come for
  // ever and says nothing of how far the partition has got.
  private long events;
  private long eventsAtCheck;
  private long lastActive;
  private long lastReport;
  private Cancellable checks;
  private Duration checkInterval;
  private boolean idle;
  private boolean reportedIdle;
  private boolean idleReportDue;

  /// @param partitions how many `requests` has
  CombineProcessor(
      WindowingConfig config, int partitions, RequestEventCodec codec, ProcessorCounters counters) {
    this.config = config;
    this.partitions = partitions;
    this.counters = counters;
    scanner = new EventScanner(codec);
    outOfOrdernessMs = config.outOfOrderness().toMillis();
    allowedLatenessMs = config.allowedLateness().toMillis();
  }

  static StoreBuilder<Store> store() {
    return new CommitHookStore.Builder<>(STORE, null) {
      @Override
      public Store build() {
        return new Store();
      }
    };
  }

  /// Holds no state over a commit, and so has no changelog.
  static final class Store extends CommitHookStore {
    private Store() {
      super(STORE);
    }

    @Override
    void restore(byte[] key, byte[] value) {
      throw new IllegalStateException("there is nothing to restore");
    }

    @Override
    void clear() {
      // The processor begins anew in init.
    }
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> taskContext) {
    context = taskContext;
    store = taskContext.getStateStore(STORE);
    store.onCommit(taskContext, this::flush);
    table = new SeriesTable(config.maxSeries());
    active.clear();
    late.clear();
    held = 0;
    watermark = SourceWatermark.NONE;
    nextClose = SourceWatermark.NONE;
    reported = SourceWatermark.NONE;
    newest = store.kept(NEWEST, SourceWatermark.NONE);
    if (newest != SourceWatermark.NONE) {
      watermark = newest - outOfOrdernessMs;
    }
    consumed = 0;
    deadLettered = 0;
    Arrays.fill(correcting, 0);
    eventsAtCheck = events;
    lastActive = taskContext.currentSystemTimeMs();
    lastReport = lastActive;
    idle = false;
    reportedIdle = false;
    idleReportDue = false;
    checkEvery(CHECK);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    List<ConsumerRecord<byte[], ByteBuffer>> batch = RecordBatches.take(record.value());
    if (batch == null) {
      byte[] json = record.value();
      count(json, 0, json == null ? 0 : json.length);
      return;
    }
    List<PoisonException.Poison> poison = new ArrayList<>();
    for (ConsumerRecord<byte[], ByteBuffer> event : batch) {
      try {
        count(event.value());
      } catch (InvalidEventException reason) {
        poison.add(PoisonException.Poison.of(event, reason));
      }
    }
    if (!poison.isEmpty()) {
      throw new PoisonException(poison);
    }
  }

  private void count(ByteBuffer json) {
    if (json == null) {
      count(null, 0, 0);
    } else {
      int from = json.arrayOffset() + json.position();
      count(json.array(), from, from + json.remaining());
    }
  }

  private void count(byte[] json, int from, int to) {
    consumed++;
    try {
      if (json == null) {
        throw new InvalidEventException("record has no value");
      }
      scanner.scan(json, from, to);
    } catch (InvalidEventException e) {
      deadLettered++;
      throw e;
    }
    long time = scanner.time();
    if (time > newest) {
      advance(time);
    }
    long start = WindowSize.SECOND.start(time);
    if (start + SECOND_MS > watermark) {
      events++;
      window(start).add(scanner.status(), scanner.durationUs(), scanner.bytes());
    } else if (time >= watermark - allowedLatenessMs) {
      events++;
      WindowAggregate window = window(start);
      window.add(scanner.status(), scanner.durationUs(), scanner.bytes());
      for (int i = 0; i < SIZES.length; i++) {
        if (SIZES[i].start(time) + SIZES[i].ms() <= watermark) {
          window.addLate(SIZES[i]);
          correcting[i]++;
        }
      }
    } else {
      late.merge(new LateWindow(series(), start), 1L, Long::sum);
      hold();
    }
  }

  private void advance(long time) {
    newest = time;
    watermark = time - outOfOrdernessMs;
    if (watermark >= nextClose + TOGETHER_MS) {
      passWindows();
      // A window is over: merge should hear of it now, not at the end of the commit interval. While
      // a backlog is read, a window is over every few milliseconds, and nobody waits for it.
      if (context.currentSystemTimeMs() - time < LIVE_MS) {
        context.commit();
      }
    }
  }

  private void passWindows() {
    if (newest == SourceWatermark.NONE) {
      return;
    }
    nextClose = Math.floorDiv(watermark, SECOND_MS) * SECOND_MS + SECOND_MS;
  }

  private HeldSeries.Window window(long start) {
    HeldSeries series = series();
    HeldSeries.Window window = series.find(start);
    return window != null ? window : open(series, start);
  }

  private HeldSeries.Window open(HeldSeries series, long start) {
    if (series.newest() == null) {
      active.add(series);
      seen(series);
    }
    hold();
    return series.open(start);
  }

  private void seen(HeldSeries series) {
    series.lastSeen = context.currentSystemTimeMs();
    series.rollup.lastSeen = series.lastSeen;
  }

  private void hold() {
    if (++held == MAX_HELD) {
      context.commit();
    }
  }

  private HeldSeries series() {
    byte[] bytes = scanner.buffer();
    HeldSeries known =
        table.find(
            bytes,
            scanner.serviceStart(),
            scanner.serviceEnd(),
            scanner.routeStart(),
            scanner.routeEnd());
    return known != null ? known : admit(bytes);
  }

  private HeldSeries admit(byte[] bytes) {
    HeldSeries series =
        table.admit(
            bytes,
            scanner.serviceStart(),
            scanner.serviceEnd(),
            scanner.routeStart(),
            scanner.routeEnd(),
            context.currentSystemTimeMs());
    if (table.isFull() && !warned) {
      warned = true;
      LOG.warn(
          "partition {} has {} series, the limit (--max-series): new ones are counted as route {}",
          context.taskId().partition(),
          config.maxSeries(),
          SeriesTable.OTHER);
    }
    return series;
  }

  /// Every check makes Streams commit, so there are few while the partition is idle.
  private void checkEvery(Duration interval) {
    if (checks != null) {
      checks.cancel();
    }
    checks = context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::check);
    checkInterval = interval;
  }

  /// By wall clock: is the partition idle, and is it time to say so?
  private void check(long now) {
    if (events != eventsAtCheck) {
      eventsAtCheck = events;
      lastActive = now;
      idle = false;
    } else if (now - lastActive >= config.idleTimeout().toMillis()) {
      if (!idle || now - lastReport >= IDLE_REPORT.toMillis() - CHECK.toMillis()) {
        idle = true;
        idleReportDue = true;
        context.commit();
        if (!checkInterval.equals(IDLE_REPORT)) {
          checkEvery(IDLE_REPORT);
        }
      }
    }
  }

  private void flush() {
    long now = System.currentTimeMillis();
    rollUpLate(now);
    send(now);
    active.clear();
    held = 0;
    if (events != eventsAtCheck) {
      idle = false;
      if (!checkInterval.equals(CHECK)) {
        lastActive = now;
        checkEvery(CHECK);
      }
    }
    if (watermark > reported || idle != reportedIdle || idleReportDue) {
      report(now);
    }
    counters.consumed.add(consumed);
    counters.deadLettered.add(deadLettered);
    counters.folded.add(table.takeFolded());
    for (int i = 0; i < SIZES.length; i++) {
      counters.correcting.get(SIZES[i]).add(correcting[i]);
    }
    consumed = 0;
    deadLettered = 0;
    Arrays.fill(correcting, 0);
    counters.tasks.tell(
        context.taskId().partition(), new TaskStates.Combine(watermark, idle, table.size()));
  }

  @Override
  public void close() {
    if (context != null) {
      counters.tasks.combineEnded(context.taskId().partition());
    }
  }

  private void report(long now) {
    int partition = context.taskId().partition();
    context.forward(
        new Record<>(
            Partials.NO_KEY,
            Partials.write(new SourceWatermark(partition, partitions, watermark, idle)),
            now));
    if (newest != SourceWatermark.NONE) {
      store.keep(NEWEST, newest);
    }
    reported = watermark;
    passWindows();
    reportedIdle = idle;
    lastReport = now;
    idleReportDue = false;
  }

  /// Some windows of a series, newest first: this one, and older ones of the same ten seconds.
  private record Part(HeldSeries series, HeldSeries.Window newest) {}

  /// Sends all partials, those of rollups included. In order of time, so that merge, for which a
  /// backlog's windows may be on disk, has to do with few of them at once.
  private void send(long now) {
    List<HeldSeries> all = new ArrayList<>();
    for (List<HeldSeries> level = active; !level.isEmpty(); level = rollUp(level)) {
      all.addAll(level);
    }
    TreeMap<Long, List<Part>> parts = new TreeMap<>();
    for (HeldSeries series : all) {
      long last = Long.MAX_VALUE;
      for (HeldSeries.Window window = series.newest(); window != null; window = window.older) {
        long start = WindowSize.TEN_SECONDS.start(window.start);
        if (start != last) {
          parts.computeIfAbsent(start, none -> new ArrayList<>()).add(new Part(series, window));
          last = start;
        }
      }
    }
    parts.forEach((start, some) -> some.forEach(part -> send(part, start, now)));
    all.forEach(HeldSeries::release);
  }

  /// Adds series to what they add up to.
  ///
  /// @return the level above
  private static List<HeldSeries> rollUp(List<HeldSeries> level) {
    Set<HeldSeries> above = new LinkedHashSet<>();
    for (HeldSeries series : level) {
      if (series.rollup != null) {
        above.add(series.rollup);
        for (HeldSeries.Window window = series.newest(); window != null; window = window.older) {
          HeldSeries.Window sum = series.rollup.find(window.start);
          (sum != null ? sum : series.rollup.open(window.start)).merge(window);
        }
      }
    }
    return List.copyOf(above);
  }

  /// One record for all its windows, or for as many as fit.
  private void send(Part part, long start, long now) {
    out.clear().put(Partials.AGGREGATES);
    for (HeldSeries.Window window = part.newest;
        window != null && window.start >= start;
        window = window.older) {
      if (out.position() > FULL_RECORD) {
        forward(part.series, now);
        out.clear().put(Partials.AGGREGATES);
      }
      ensureRoom(window.maxBytes() + Varint.MAX_BYTES);
      Varint.write(window.start, out);
      window.write(out);
    }
    forward(part.series, now);
  }

  private void rollUpLate(long now) {
    if (late.isEmpty()) {
      return;
    }
    Map<LateWindow, Long> all = new HashMap<>(late);
    late.forEach((window, count) -> {
      for (HeldSeries above = window.series.rollup; above != null; above = above.rollup) {
        all.merge(new LateWindow(above, window.start), count, Long::sum);
      }
    });
    all.forEach((window, count) -> {
      out.clear().put(Partials.LATE);
      Varint.write(window.start, out);
      Varint.write(count, out);
      forward(window.series, now);
    });
    late.clear();
  }

  private void forward(HeldSeries series, long now) {
    byte[] value = new byte[out.flip().remaining()];
    out.get(value);
    context.forward(new Record<>(series.key, value, now));
  }

  private void ensureRoom(int bytes) {
    if (out.remaining() < bytes) {
      out =
          ByteBuffer.allocate(Math.max(2 * out.capacity(), out.position() + bytes)).put(out.flip());
    }
  }
}
