package dev.millrace.processor;

import dev.millrace.events.Varint;
import dev.millrace.events.WindowSize;
import dev.millrace.processor.WindowGroup.Window;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.StoreBuilder;

/// The windows of a merge task's series, of all sizes, with the watermarks that decide about them.
/// On the heap; each commit writes what it changed to the changelog. Of more than fit there, those
/// that have not been used for the longest time wait on disk: partitions that are read at different
/// speeds, or an idle one, can make it keep any number.
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

  /// Making room leaves one in so many windows on the heap, so that it is not done for each.
  private static final int ENOUGH = 2;

  private final Map<WindowSize, NavigableMap<Long, WindowGroup>> groups =
      new EnumMap<>(WindowSize.class);
  // Those that have windows which are not published as they are.
  private final Map<WindowSize, NavigableMap<Long, WindowGroup>> changed =
      new EnumMap<>(WindowSize.class);
  private final List<Window> dirty = new ArrayList<>();
  private final Map<Integer, Watermarks.Source> dirtySources = new HashMap<>();
  private final Watermarks watermarks;
  private final int maxOnHeap;
  private final boolean publishAgain;
  private SpillFile disk;
  private long forgottenBefore;
  private boolean forgottenMoved;
  private int onHeap;
  private int onDisk;
  private long spilled;
  private long uses;
  private ByteBuffer out = ByteBuffer.allocate(16 << 10);

  private MergedWindows(Watermarks watermarks, int maxOnHeap, boolean publishAgain) {
    super(NAME);
    this.watermarks = watermarks;
    this.maxOnHeap = maxOnHeap;
    this.publishAgain = publishAgain;
    for (WindowSize size : WindowSize.values()) {
      groups.put(size, new TreeMap<>());
      changed.put(size, new TreeMap<>());
    }
  }

  /// @param patience of [Watermarks]
  /// @param partitions how many `requests` has
  /// @param maxOnHeap how many windows a task may have on the heap
  /// @param publishAgain whether all windows that come from the changelog count as changed, because
  ///   what it says of their rows and the rows themselves were not written as one
  static StoreBuilder<MergedWindows> store(
      int patience, int partitions, int maxOnHeap, boolean publishAgain) {
    return new CommitHookStore.Builder<>(NAME, CHANGELOG) {
      @Override
      public MergedWindows build() {
        return new MergedWindows(new Watermarks(patience, partitions), maxOnHeap, publishAgain);
      }
    };
  }

  @Override
  void clear() {
    groups.values().forEach(Map::clear);
    changed.values().forEach(Map::clear);
    dirty.clear();
    dirtySources.clear();
    watermarks.clear();
    forgottenBefore = Long.MIN_VALUE;
    forgottenMoved = false;
    onHeap = 0;
    onDisk = 0;
    if (disk != null) {
      disk.close();
      disk = null;
    }
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

  int onHeap() {
    return onHeap;
  }

  int onDisk() {
    return onDisk;
  }

  /// See [Watermarks#unheard()].
  int unheard() {
    return watermarks.unheard();
  }

  /// How many windows have been moved to disk since this was last asked.
  long takeSpilled() {
    long taken = spilled;
    spilled = 0;
    return taken;
  }

  /// The one-second window of a series, about to change.
  Window change(Bytes key, long start) {
    markChanged(window(WindowSize.MINUTE, start, key));
    markChanged(window(WindowSize.TEN_SECONDS, start, key));
    Window window = window(WindowSize.SECOND, start, key);
    markChanged(window);
    // It is written whenever it has grown, the longer ones only when their own part has.
    markDirty(window);
    return window;
  }

  private void markChanged(Window window) {
    if (window.group.change(window)) {
      changed.get(window.group.size).put(window.group.start, window.group);
      markDirty(window);
    }
  }

  private void markDirty(Window window) {
    if (!window.dirty) {
      window.dirty = true;
      dirty.add(window);
    }
  }

  /// The window of this size that a time is in.
  private Window window(WindowSize size, long time, Bytes key) {
    long start = size.start(time);
    WindowGroup group = groups.get(size).get(start);
    if (group == null) {
      group = new WindowGroup(size, start);
      groups.get(size).put(start, group);
    }
    Window window = use(group).find(key);
    if (window == null) {
      window = group.open(key);
      onHeap++;
    }
    return window;
  }

  private WindowGroup use(WindowGroup group) {
    group.used = uses;
    if (group.isOnDisk()) {
      group.restore(disk);
      onHeap += group.count();
      onDisk -= group.count();
    }
    return group;
  }

  /// Start of the first window of this size that has changed; [Long#MAX_VALUE] if there is none.
  long firstChanged(WindowSize size) {
    return changed.get(size).isEmpty() ? Long.MAX_VALUE : changed.get(size).firstKey();
  }

  /// The next windows to publish, of those that have changed and end at or before this; null if
  /// there are none.
  WindowGroup firstChangedUntil(long end) {
    return first(changed, end);
  }

  /// Of those that end at or before this, the group that ends first, parts before their whole; null
  /// if there is none.
  private static WindowGroup first(
      Map<WindowSize, NavigableMap<Long, WindowGroup>> groupsBySize, long end) {
    WindowGroup first = null;
    for (NavigableMap<Long, WindowGroup> ofSize : groupsBySize.values()) {
      if (!ofSize.isEmpty()) {
        WindowGroup oldest = ofSize.firstEntry().getValue();
        if (oldest.end() <= end && (first == null || oldest.end() < first.end())) {
          first = oldest;
        }
      }
    }
    return first;
  }

  /// The windows of a group that have changed, and counts them as published.
  Collection<Window> takeChanged(WindowGroup group) {
    Collection<Window> taken = use(group).takeChanged();
    changed.get(group.size).remove(group.start);
    taken.forEach(this::markDirty);
    return taken;
  }

  /// All that the changed windows of a group count, by series: what they hold themselves, and what
  /// their parts do.
  Map<Bytes, WindowAggregate> totals(WindowGroup group) {
    Map<Bytes, WindowAggregate> totals = new HashMap<>();
    for (Window window : use(group).changed()) {
      WindowAggregate total = new WindowAggregate();
      total.merge(window.own);
      totals.put(window.key, total);
    }
    for (WindowSize size : WindowSize.values()) {
      if (size.ms() < group.size.ms()) {
        for (WindowGroup part : groups.get(size).subMap(group.start, group.end()).values()) {
          use(part);
          totals.forEach((key, total) -> {
            Window found = part.find(key);
            if (found != null) {
              total.merge(found.own);
            }
          });
          relieve();
        }
      }
    }
    return totals;
  }

  /// Forgets windows that end at or before this, oldest first, up to the first that is not
  /// published as it is.
  ///
  /// @param settledEnd epoch milliseconds
  /// @param most after so many, the others are left for another time
  /// @return whether all are forgotten
  boolean forget(long settledEnd, int most) {
    // What a kill has left of forgotten windows goes in any case.
    long end = Math.max(forgottenBefore, Math.min(settledEnd, firstChangedEnd() - 1));
    int forgotten = 0;
    while (true) {
      WindowGroup oldest = first(groups, end);
      if (oldest == null) {
        moveForgotten(end);
        return true;
      }
      if (forgotten >= most) {
        return false;
      }
      // All that end then, or else what comes for the others would find their windows gone.
      for (WindowGroup group = oldest;
          group != null && group.end() == oldest.end();
          group = first(groups, end)) {
        forgotten += group.count();
        forget(group);
      }
      moveForgotten(oldest.end());
      relieve();
    }
  }

  private long firstChangedEnd() {
    WindowGroup first = first(changed, Long.MAX_VALUE);
    return first == null ? Long.MAX_VALUE : first.end();
  }

  private void moveForgotten(long end) {
    if (end > forgottenBefore) {
      forgottenBefore = end;
      forgottenMoved = true;
    }
  }

  private void forget(WindowGroup group) {
    use(group);
    // If they had been, the changelog has what they were added to, and a kill came before it knew
    // that they are gone.
    boolean known = isForgotten(group.end());
    for (Window window : group.windows()) {
      if (!known) {
        addToLonger(window);
      }
      window.forgotten = true;
      markDirty(window);
    }
    onHeap -= group.count();
    groups.get(group.size).remove(group.start);
    changed.get(group.size).remove(group.start);
  }

  private void addToLonger(Window window) {
    WindowGroup group = window.group;
    group
        .size
        .longer()
        .ifPresent(longer -> {
          Window whole = window(longer, group.start, window.key);
          whole.own.merge(window.own);
          markDirty(whole);
        });
  }

  /// Makes room on the heap, if there are too many windows on it.
  void relieve() {
    if (onHeap <= maxOnHeap) {
      return;
    }
    write();
    List<WindowGroup> byUse =
        groups.values().stream()
            .flatMap(ofSize -> ofSize.values().stream())
            .filter(group -> !group.isOnDisk())
            // Of those used at about the same time, the ones ahead: they have to wait for longer.
            .sorted(
                Comparator.comparingLong((WindowGroup group) -> group.used)
                    .thenComparing(WindowGroup::end, Comparator.reverseOrder()))
            .toList();
    if (disk == null) {
      disk = new SpillFile(folder());
    }
    for (WindowGroup group : byUse) {
      if (onHeap <= maxOnHeap / ENOUGH) {
        break;
      }
      onHeap -= group.count();
      onDisk += group.count();
      spilled += group.count();
      out = group.spill(disk, out);
    }
  }

  /// Writes all changes to the changelog: first what windows hold, then that some are forgotten,
  /// and these last. At least once, a crash may keep the beginning and lose the rest.
  void write() {
    uses++;
    for (Window window : dirty) {
      if (!window.forgotten) {
        log(key(window), value(window));
        window.written = true;
      }
    }
    // As long as no partition has had an event, nothing is written of any: an application without
    // events leaves no state, and what has no state may have no offsets. From the first event on
    // there are offsets. One that has none then is written too, or each restart would begin anew
    // to wait until it is granted that it has nothing, and nothing would be forgotten meanwhile.
    if (watermarks.haveHadEvents()) {
      dirtySources.forEach(this::write);
      dirtySources.clear();
    }
    if (forgottenMoved) {
      forgottenMoved = false;
      log(new byte[] {FORGOTTEN}, ByteBuffer.allocate(8).putLong(forgottenBefore).array());
    }
    for (Window window : dirty) {
      window.dirty = false;
      if (window.forgotten && window.written) {
        log(key(window), null);
      }
    }
    dirty.clear();
  }

  private void write(int partition, Watermarks.Source source) {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + Watermarks.Source.BYTES);
    source.write(bytes.putInt(watermarks.partitions()));
    log(ByteBuffer.allocate(5).put(SOURCE).putInt(partition).array(), bytes.array());
  }

  private static byte[] key(Window window) {
    return ByteBuffer.allocate(13 + window.key.get().length)
        .put(WINDOW)
        .putInt((int) window.group.size.ms())
        .putLong(window.group.start)
        .put(window.key.get())
        .array();
  }

  private byte[] value(Window window) {
    int room = 1 + Varint.MAX_BYTES + window.own.maxBytes();
    if (out.capacity() < room) {
      out = ByteBuffer.allocate(2 * room);
    }
    out.clear().put((byte) (window.isChanged() ? 1 : 0));
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
        relieve();
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
    // Of entries that follow each other, most are of one commit.
    uses++;
    WindowGroup group = groups.get(size).get(start);
    Window before = group == null ? null : use(group).find(key);
    if (before != null) {
      onHeap--;
      group.remove(before);
      if (!group.hasChanged()) {
        changed.get(size).remove(start);
      }
      if (group.count() == 0) {
        groups.get(size).remove(start);
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
    if (wasChanged || publishAgain) {
      markChanged(window);
      // It is in the changelog already.
      window.dirty = false;
      dirty.clear();
    }
  }
}
