package dev.millrace.processor;

import dev.millrace.events.Series;
import dev.millrace.events.Varint;
import dev.millrace.events.WindowSize;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.StoreBuilder;

/// The windows of a merge task's series, of all sizes, with the watermarks that decide about them.
/// On the heap; each commit writes what it changed to the changelog.
///
/// A longer window counts by itself only what its parts no longer hold: its row is the sum of both.
/// When a window is forgotten, it is added to the longer one that it is a part of.
///
/// Changelog keys: `w`, size, start, series for a window, `p`, partition for a source's watermark,
/// `f` for the bound before which windows are forgotten.
final class MergedWindows extends CommitHookStore {
  /// Part of the changelog's name: when the layout of what is in it changes, so must this.
  static final String NAME = "windows-v1";

  /// A restart reads the changelog, so it must be short: compacted early, in small segments.
  private static final Map<String, String> CHANGELOG =
      Map.of(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.CLEANUP_POLICY_COMPACT,
          TopicConfig.SEGMENT_BYTES_CONFIG,
          Integer.toString(16 << 20),
          TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
          "0.2",
          TopicConfig.DELETE_RETENTION_MS_CONFIG,
          "60000");

  private static final byte WINDOW = 'w';
  private static final byte SOURCE = 'p';
  private static final byte FORGOTTEN = 'f';

  /// One series in one window.
  static final class Window {
    final WindowSize size;
    final long start;
    final Bytes key;

    /// What its parts do not hold.
    final WindowAggregate own = new WindowAggregate();

    /// How many rows were published.
    int revision;

    /// Whether it has changed since.
    boolean changed;

    private boolean written;
    private boolean dirty;
    private boolean forgotten;

    private Window(WindowSize size, long start, Bytes key) {
      this.size = size;
      this.start = start;
      this.key = key;
    }

    Series series() {
      return Series.parse(new String(key.get(), StandardCharsets.UTF_8));
    }

    long end() {
      return start + size.ms();
    }
  }

  // By size, start and series.
  private final Map<WindowSize, TreeMap<Long, Map<Bytes, Window>>> windows =
      new EnumMap<>(WindowSize.class);
  // By size and start, those not published as they are.
  private final Map<WindowSize, TreeMap<Long, Set<Window>>> changed =
      new EnumMap<>(WindowSize.class);
  private final List<Window> dirty = new ArrayList<>();
  private final Map<Integer, Watermarks.Source> dirtySources = new HashMap<>();
  private final Watermarks watermarks;
  private long forgottenBefore;
  private boolean forgottenMoved;
  private int count;
  private ByteBuffer out = ByteBuffer.allocate(16 << 10);

  private MergedWindows(Watermarks watermarks) {
    super(NAME);
    this.watermarks = watermarks;
    for (WindowSize size : WindowSize.values()) {
      windows.put(size, new TreeMap<>());
      changed.put(size, new TreeMap<>());
    }
  }

  /// @param patience of [Watermarks]
  static StoreBuilder<MergedWindows> store(int patience) {
    return new CommitHookStore.Builder<>(NAME, CHANGELOG) {
      @Override
      public MergedWindows build() {
        return new MergedWindows(new Watermarks(patience));
      }
    };
  }

  @Override
  void clear() {
    windows.values().forEach(TreeMap::clear);
    changed.values().forEach(TreeMap::clear);
    dirty.clear();
    dirtySources.clear();
    watermarks.clear();
    forgottenBefore = Long.MIN_VALUE;
    forgottenMoved = false;
    count = 0;
  }

  /// How many windows there are, each series and size by itself.
  int count() {
    return count;
  }

  /// Windows that end at or before this can be published, see [Watermarks#closed()].
  long closed() {
    return watermarks.closed();
  }

  /// No window before this will change any more, see [Watermarks#settled()].
  long settled() {
    return watermarks.settled();
  }

  /// Whether one-second windows with this end, and all before, are gone.
  boolean isForgotten(long end) {
    return end <= forgottenBefore;
  }

  void update(SourceWatermark report) {
    dirtySources.put(report.partition(), watermarks.update(report));
  }

  /// The one-second window of a series, about to change.
  Window change(Bytes key, long start) {
    markChanged(window(WindowSize.MINUTE, WindowSize.MINUTE.start(start), key));
    markChanged(window(WindowSize.TEN_SECONDS, WindowSize.TEN_SECONDS.start(start), key));
    Window window = window(WindowSize.SECOND, start, key);
    markChanged(window);
    // It is written whenever it has grown, the longer ones only when their own part has.
    markDirty(window);
    return window;
  }

  private void markChanged(Window window) {
    if (!window.changed) {
      window.changed = true;
      changed
          .get(window.size)
          .computeIfAbsent(window.start, start -> new LinkedHashSet<>())
          .add(window);
      markDirty(window);
    }
  }

  private void markDirty(Window window) {
    if (!window.dirty) {
      window.dirty = true;
      dirty.add(window);
    }
  }

  private Window window(WindowSize size, long start, Bytes key) {
    Map<Bytes, Window> bySeries = windows.get(size).computeIfAbsent(start, none -> new HashMap<>());
    Window window = bySeries.get(key);
    if (window == null) {
      window = new Window(size, start, key);
      bySeries.put(key, window);
      count++;
    }
    return window;
  }

  /// Start of the first window of this size that has changed; [Long#MAX_VALUE] if there is none.
  long firstChanged(WindowSize size) {
    return changed.get(size).isEmpty() ? Long.MAX_VALUE : changed.get(size).firstKey();
  }

  /// The changed windows of this size that end at or before this, and counts them as published.
  List<Window> takeChanged(WindowSize size, long end) {
    Map<Long, Set<Window>> closed = changed.get(size).headMap(end - size.ms(), true);
    List<Window> taken = new ArrayList<>();
    closed.values().forEach(taken::addAll);
    closed.clear();
    for (Window window : taken) {
      window.changed = false;
      markDirty(window);
    }
    return taken;
  }

  /// All that a window counts.
  WindowAggregate total(Window window) {
    if (window.size == WindowSize.SECOND) {
      return window.own;
    }
    WindowAggregate sum = new WindowAggregate();
    addTo(sum, window);
    return sum;
  }

  private void addTo(WindowAggregate sum, Window window) {
    sum.merge(window.own);
    window
        .size
        .shorter()
        .ifPresent(part ->
            windows
                .get(part)
                .subMap(window.start, window.end())
                .values()
                .forEach(bySeries -> {
                  Window found = bySeries.get(window.key);
                  if (found != null) {
                    addTo(sum, found);
                  }
                }));
  }

  /// Forgets windows that end at or before this.
  void forget(long end) {
    if (end <= forgottenBefore) {
      return;
    }
    forgottenBefore = end;
    forgottenMoved = true;
    for (WindowSize size : WindowSize.values()) {
      Map<Long, Map<Bytes, Window>> old = windows.get(size).headMap(end - size.ms(), true);
      for (Map<Bytes, Window> bySeries : old.values()) {
        for (Window window : bySeries.values()) {
          forget(window);
        }
        count -= bySeries.size();
      }
      old.clear();
    }
  }

  private void forget(Window window) {
    window
        .size
        .longer()
        .ifPresent(longer -> {
          Window whole = window(longer, longer.start(window.start), window.key);
          whole.own.merge(window.own);
          markDirty(whole);
        });
    window.forgotten = true;
    markDirty(window);
  }

  /// The end of the one-second windows that have to go so that no more than `limit` windows are
  /// left, if only they went; [Long#MIN_VALUE] if none.
  long endOfExcess(int limit) {
    long excess = count - (long) limit;
    long end = Long.MIN_VALUE;
    for (Map.Entry<Long, Map<Bytes, Window>> oldest : windows.get(WindowSize.SECOND).entrySet()) {
      if (excess <= 0) {
        break;
      }
      excess -= oldest.getValue().size();
      end = oldest.getKey() + WindowSize.SECOND.ms();
    }
    return end;
  }

  /// Writes all changes to the changelog.
  void write() {
    for (Window window : dirty) {
      window.dirty = false;
      if (!window.forgotten) {
        log(key(window), value(window));
        window.written = true;
      } else if (window.written) {
        log(key(window), null);
      }
    }
    dirty.clear();
    dirtySources.forEach((partition, source) -> {
      ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + Watermarks.Source.BYTES);
      source.write(bytes.putInt(watermarks.partitions()));
      log(ByteBuffer.allocate(5).put(SOURCE).putInt(partition).array(), bytes.array());
    });
    dirtySources.clear();
    if (forgottenMoved) {
      forgottenMoved = false;
      log(new byte[] {FORGOTTEN}, ByteBuffer.allocate(8).putLong(forgottenBefore).array());
    }
  }

  private static byte[] key(Window window) {
    return ByteBuffer.allocate(13 + window.key.get().length)
        .put(WINDOW)
        .putInt((int) window.size.ms())
        .putLong(window.start)
        .put(window.key.get())
        .array();
  }

  private byte[] value(Window window) {
    int room = 1 + Varint.MAX_BYTES + window.own.maxBytes();
    if (out.capacity() < room) {
      out = ByteBuffer.allocate(2 * room);
    }
    out.clear().put((byte) (window.changed ? 1 : 0));
    Varint.write(window.revision, out);
    window.own.write(out);
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return bytes;
  }

  @Override
  void restore(byte[] key, byte[] value) {
    ByteBuffer in = ByteBuffer.wrap(key);
    switch (in.get()) {
      case WINDOW -> {
        WindowSize size = WindowSize.ofMs(in.getInt());
        long start = in.getLong();
        byte[] series = new byte[in.remaining()];
        in.get(series);
        restore(size, start, Bytes.wrap(series), value);
      }
      case SOURCE -> {
        ByteBuffer source = ByteBuffer.wrap(value);
        int partitions = source.getInt();
        watermarks.restore(in.getInt(), partitions, Watermarks.Source.read(source));
      }
      case FORGOTTEN -> forgottenBefore = ByteBuffer.wrap(value).getLong();
      default -> throw new IllegalStateException("unknown changelog entry of kind " + key[0]);
    }
  }

  private void restore(WindowSize size, long start, Bytes key, byte[] value) {
    Map<Bytes, Window> bySeries = windows.get(size).get(start);
    Window before = bySeries == null ? null : bySeries.remove(key);
    if (before != null) {
      count--;
      if (before.changed) {
        Set<Window> atStart = changed.get(size).get(start);
        atStart.remove(before);
        if (atStart.isEmpty()) {
          changed.get(size).remove(start);
        }
      }
      if (bySeries.isEmpty()) {
        windows.get(size).remove(start);
      }
    }
    if (value == null) {
      return;
    }
    Window window = window(size, start, key);
    ByteBuffer in = ByteBuffer.wrap(value);
    boolean wasChanged = in.get() == 1;
    window.revision = (int) Varint.read(in);
    window.own.merge(in);
    window.written = true;
    if (wasChanged) {
      markChanged(window);
      // It is in the changelog already.
      window.dirty = false;
      dirty.clear();
    }
  }
}
