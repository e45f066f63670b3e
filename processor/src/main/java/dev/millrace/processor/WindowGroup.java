package dev.millrace.processor;

import dev.millrace.events.Series;
import dev.millrace.events.Varint;
import dev.millrace.events.WindowSize;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.utils.Bytes;

/// The windows of all series with one size and start. Together they are worked on, published and
/// forgotten; together they wait on disk while memory is wanted for others.
final class WindowGroup {
  /// One series in one window.
  static final class Window {
    final WindowGroup group;
    final Bytes key;

    /// What its parts do not hold.
    final WindowAggregate own = new WindowAggregate();

    /// How many rows were published.
    int revision;

    /// Whether it has changed since.
    private boolean changed;

    /// Whether the changelog has it.
    boolean written;

    /// Whether it is to be written.
    boolean dirty;

    /// Whether it is gone, and its entry in the changelog with it.
    boolean forgotten;

    private Window(WindowGroup group, Bytes key) {
      this.group = group;
      this.key = key;
    }

    Series series() {
      return Series.parse(new String(key.get(), StandardCharsets.UTF_8));
    }

    boolean isChanged() {
      return changed;
    }

    private int maxBytes() {
      return 1 + 2 * Varint.MAX_BYTES + key.get().length + own.maxBytes();
    }
  }

  private static final byte CHANGED = 1;
  private static final byte WRITTEN = 2;

  final WindowSize size;
  final long start;

  /// When it was last used, as its owner counts.
  long used;

  private Map<Bytes, Window> windows = new HashMap<>();
  private Set<Window> changed = new LinkedHashSet<>();
  private int count;
  private SpillFile.Place place;

  WindowGroup(WindowSize size, long start) {
    this.size = size;
    this.start = start;
  }

  long end() {
    return start + size.ms();
  }

  /// How many windows it has, wherever they are.
  int count() {
    return count;
  }

  boolean isOnDisk() {
    return place != null;
  }

  /// The window of a series; null if there is none.
  Window find(Bytes key) {
    return windows.get(key);
  }

  Window open(Bytes key) {
    Window window = new Window(this, key);
    windows.put(key, window);
    count++;
    return window;
  }

  void remove(Window window) {
    windows.remove(window.key);
    count--;
    changed.remove(window);
  }

  Collection<Window> windows() {
    return windows.values();
  }

  /// Notes that a window is not published as it is.
  ///
  /// @return whether that is new
  boolean change(Window window) {
    if (window.changed) {
      return false;
    }
    window.changed = true;
    changed.add(window);
    return true;
  }

  /// The windows that are not published as they are.
  Collection<Window> changed() {
    return changed;
  }

  boolean hasChanged() {
    return !changed.isEmpty();
  }

  /// The windows that are not published as they are, and counts them as published.
  Set<Window> takeChanged() {
    Set<Window> taken = changed;
    changed = new LinkedHashSet<>();
    taken.forEach(window -> window.changed = false);
    return taken;
  }

  /// Moves the windows to disk. None of them may be dirty.
  ///
  /// @param buffer has room for a start
  /// @return the buffer, or a larger one in its place
  ByteBuffer spill(SpillFile file, ByteBuffer buffer) {
    ByteBuffer out = buffer.clear();
    for (Window window : windows.values()) {
      int room = window.maxBytes();
      if (out.remaining() < room) {
        int larger = out.position() + out.position() / 2 + room;
        out = ByteBuffer.allocate(larger).put(out.flip());
      }
      out.put((byte) ((window.changed ? CHANGED : 0) | (window.written ? WRITTEN : 0)));
      Varint.write(window.key.get().length, out);
      out.put(window.key.get());
      Varint.write(window.revision, out);
      window.own.write(out);
    }
    place = file.put(out.flip());
    windows = new HashMap<>();
    changed = new LinkedHashSet<>();
    return out;
  }

  /// Takes the windows back from disk.
  void restore(SpillFile file) {
    ByteBuffer in = file.take(place);
    place = null;
    count = 0;
    while (in.hasRemaining()) {
      byte flags = in.get();
      byte[] key = new byte[(int) Varint.read(in)];
      in.get(key);
      Window window = open(Bytes.wrap(key));
      window.written = (flags & WRITTEN) != 0;
      window.revision = (int) Varint.read(in);
      window.own.merge(in);
      if ((flags & CHANGED) != 0) {
        change(window);
      }
    }
  }
}
