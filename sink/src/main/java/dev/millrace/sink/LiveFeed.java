package dev.millrace.sink;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Passes on what the sink has just written to all that have the page open. It keeps no history:
/// who joins reads that from the database, and what comes afterwards is told here.
///
/// Everything in it is bounded. The sink's thread only leaves its rows here. If more come than a
/// page could follow, they are dropped, and the listeners are told to read the database again; a
/// listener that does not take what it is told is dropped too, and connects again.
final class LiveFeed implements WindowListener {
  static final int MAX_LISTENERS = 32;
  private static final int MAX_WAITING_ROWS = 20_000;
  private static final int MAX_WAITING_MESSAGES = 64;

  /// Of one listener. Several may share the bytes.
  static final int MAX_WAITING_BYTES = 8 << 20;

  private static final JsonRecords<LiveRows> ROWS = new JsonRecords<>(LiveRows.class);
  private static final byte[] RELOAD = message("reload", "{}".getBytes(StandardCharsets.UTF_8));

  /// One open stream. The thread that serves it takes its messages.
  static final class Listener {
    private final Series series;
    private final Thread thread = Thread.currentThread();
    private final BlockingQueue<byte[]> messages = new ArrayBlockingQueue<>(MAX_WAITING_MESSAGES);
    private final AtomicLong bytes = new AtomicLong();

    private Listener(Series series) {
      this.series = series;
    }

    /// The next event for the stream, or null if there is none within the time.
    byte[] next(long millis) throws InterruptedException {
      byte[] message = messages.poll(millis, TimeUnit.MILLISECONDS);
      if (message != null) {
        bytes.addAndGet(-message.length);
      }
      return message;
    }

    /// @return false if it has too many messages waiting
    private boolean offer(byte[] message) {
      if (bytes.addAndGet(message.length) > MAX_WAITING_BYTES) {
        // In place of what it has not taken: it reads the database.
        for (byte[] old = messages.poll(); old != null; old = messages.poll()) {
          bytes.addAndGet(-old.length);
        }
        bytes.addAndGet(RELOAD.length - message.length);
        return messages.offer(RELOAD);
      }
      return messages.offer(message);
    }

    boolean isUpToDate() {
      return messages.isEmpty();
    }
  }

  private record Key(long sizeMs, long start, Series series) {}

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final List<WindowSummary> waiting = new ArrayList<>();
  private boolean missed;

  /// Opens a stream for the calling thread.
  ///
  /// @param series whose heat map is looked at
  /// @return empty if there are as many as there may be
  synchronized Optional<Listener> join(Series series) {
    if (listeners.size() >= MAX_LISTENERS) {
      return Optional.empty();
    }
    Listener listener = new Listener(series);
    listeners.add(listener);
    return Optional.of(listener);
  }

  void leave(Listener listener) {
    listeners.remove(listener);
  }

  boolean isHeard() {
    return !listeners.isEmpty();
  }

  @Override
  public void written(List<WindowSummary> rows, boolean complete) {
    if (!isHeard()) {
      return;
    }
    synchronized (waiting) {
      if (missed || !complete || waiting.size() + rows.size() > MAX_WAITING_ROWS) {
        waiting.clear();
        missed = true;
      } else {
        waiting.addAll(rows);
      }
    }
  }

  /// Tells what has come since the last time.
  void flush() {
    List<WindowSummary> rows;
    synchronized (waiting) {
      if (missed) {
        missed = false;
        tell(RELOAD);
        return;
      }
      rows = List.copyOf(waiting);
      waiting.clear();
    }
    Map<Key, WindowSummary> newest = new LinkedHashMap<>();
    for (WindowSummary row : rows) {
      if (row.windowSizeMs() <= WindowSize.TEN_SECONDS.ms()) {
        newest.put(new Key(row.windowSizeMs(), row.windowStart(), row.series()), row);
      }
    }
    if (newest.isEmpty()) {
      return;
    }
    List<LiveRows.Row> told = newest.values().stream().map(LiveRows.Row::of).toList();
    Map<Series, byte[]> bySeries = new HashMap<>();
    for (Listener listener : listeners) {
      tell(
          listener,
          bySeries.computeIfAbsent(
              listener.series,
              series -> message("rows", ROWS.encode(new LiveRows(told, heat(newest, series))))));
    }
  }

  private static List<long[]> heat(Map<Key, WindowSummary> rows, Series series) {
    return rows.entrySet().stream()
        .filter(row -> row.getKey().sizeMs() == WindowSize.SECOND.ms())
        .filter(row -> row.getKey().series().equals(series))
        .map(row -> {
          HeatColumn column = new HeatColumn();
          column.add(row.getValue().histogram());
          return column.line(row.getKey().start());
        })
        .toList();
  }

  /// An event as it travels (HTML Living Standard, section "Server-sent events").
  ///
  /// @param json one line
  static byte[] message(String event, byte[] json) {
    byte[] head = ("event: " + event + "\ndata: ").getBytes(StandardCharsets.UTF_8);
    byte[] message = new byte[head.length + json.length + 2];
    System.arraycopy(head, 0, message, 0, head.length);
    System.arraycopy(json, 0, message, head.length, json.length);
    message[message.length - 2] = '\n';
    message[message.length - 1] = '\n';
    return message;
  }

  /// Tells everybody.
  void tell(byte[] message) {
    listeners.forEach(listener -> tell(listener, message));
  }

  private void tell(Listener listener, byte[] message) {
    if (!listener.offer(message)) {
      // Its thread is stuck in writing to somebody who does not read: this closes the connection.
      drop(listener);
    }
  }

  private void drop(Listener listener) {
    leave(listener);
    listener.thread.interrupt();
  }

  /// Ends all streams.
  void close() {
    listeners.forEach(this::drop);
  }
}
