package dev.millrace.loadgen;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.Callback;

/// Events that wait for a connection, put together to batches: a batch is ready when it is full, or
/// when its first event has waited long enough. One thread adds, many take.
final class HttpBatches {
  /// An edge takes 4 MiB. An event that is longer by itself goes alone.
  static final int MAX_BATCH_BYTES = 1 << 20;

  /// How long room is waited for once somebody wants the end, at most.
  private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final int batchEvents;
  private final long lingerNanos;
  private final long capacity;
  private final int fullBatches;
  private final BooleanSupplier stopped;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ready = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final Condition allSettled = lock.newCondition();
  private final ArrayDeque<HttpBatch> full = new ArrayDeque<>();

  /// The batch that still grows; null if there is none.
  private HttpBatch open;

  /// Of all events that wait.
  private long bytes;

  /// Batches that were taken and are not settled.
  private int onTheWay;

  private long blockedNanos;

  /// Somebody waits for just as long as the open batch may grow. The others are not to be woken
  /// every time for nothing.
  private boolean watched;

  private boolean closed;

  /// @param batchEvents events of a full batch
  /// @param lingerNanos how long the first event of a batch waits for others
  /// @param capacity bytes of events that may wait
  /// @param fullBatches how many batches may wait that do not grow any more
  /// @param stopped whether somebody wants the end
  HttpBatches(
      int batchEvents, long lingerNanos, long capacity, int fullBatches, BooleanSupplier stopped) {
    this.batchEvents = batchEvents;
    this.lingerNanos = lingerNanos;
    this.capacity = capacity;
    this.fullBatches = fullBatches;
    this.stopped = stopped;
  }

  /// Adds an event, once there is room.
  ///
  /// @param patienceNanos how long room is waited for
  /// @return whether it was added
  boolean add(byte[] json, Callback whenSettled, long patienceNanos) {
    lock.lock();
    try {
      if (closed || !(hasRoom(json.length) || awaitRoom(json.length, patienceNanos))) {
        return false;
      }
      if (open != null && open.bytes() + json.length > MAX_BATCH_BYTES) {
        finishOpen();
      }
      if (open == null) {
        open = new HttpBatch(System.nanoTime(), batchEvents, json.length);
        if (!watched && batchEvents > 1) {
          ready.signal();
        }
      }
      open.add(json, whenSettled);
      bytes += json.length;
      if (open.events() == batchEvents) {
        finishOpen();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// An event that is longer than all the room is taken by itself.
  private boolean hasRoom(int length) {
    return bytes == 0 || (bytes + length <= capacity && full.size() < fullBatches);
  }

  private boolean awaitRoom(int length, long patienceNanos) {
    long start = System.nanoTime();
    long left = patienceNanos;
    try {
      while (!hasRoom(length) && left > 0 && !closed) {
        long tick = Math.min(left, TICK_NANOS);
        left -= tick - room.awaitNanos(tick);
        if (stopped.getAsBoolean()) {
          left = Math.min(left, LAST_NANOS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    blockedNanos += System.nanoTime() - start;
    return hasRoom(length) && !closed;
  }

  private void finishOpen() {
    full.add(open);
    open = null;
    ready.signal();
  }

  /// Takes a batch, once one is ready. When its fates have been told, [#settled()] is to be called.
  ///
  /// @return null once this is closed and nothing is left
  HttpBatch take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (!awaitReady()) {
        return null;
      }
      return next();
    } finally {
      if (!watched && open != null) {
        // This one goes: another one has to watch.
        ready.signal();
      }
      lock.unlock();
    }
  }

  /// Takes what waits, ready or not. When its fates have been told, [#settled()] is to be called.
  ///
  /// @return null if nothing waits
  HttpBatch poll() {
    lock.lock();
    try {
      return full.isEmpty() && open == null ? null : next();
    } finally {
      lock.unlock();
    }
  }

  private HttpBatch next() {
    HttpBatch batch = full.poll();
    if (batch == null) {
      batch = open;
      open = null;
    }
    bytes -= batch.eventBytes();
    onTheWay++;
    room.signal();
    return batch;
  }

  /// How long the open batch may still grow.
  private long openNanosLeft() {
    if (open == null) {
      return Long.MAX_VALUE;
    }
    return closed ? 0 : open.sinceNanos() + lingerNanos - System.nanoTime();
  }

  /// @return whether there is a batch; not once this is closed and nothing is left
  private boolean awaitReady() throws InterruptedException {
    while (full.isEmpty() && openNanosLeft() > 0) {
      if (closed) {
        return false;
      }
      if (open == null || watched) {
        ready.await();
      } else {
        watched = true;
        try {
          var _ = ready.awaitNanos(openNanosLeft());
        } finally {
          watched = false;
        }
      }
    }
    return true;
  }

  /// The fates of a batch that was taken have been told.
  void settled() {
    lock.lock();
    try {
      onTheWay--;
      allSettled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until nothing waits and nothing is on its way.
  ///
  /// @return whether it has come to that
  boolean awaitSettled(long patienceNanos) {
    long left = patienceNanos;
    lock.lock();
    try {
      while ((bytes > 0 || onTheWay > 0) && left > 0) {
        left = allSettled.awaitNanos(left);
      }
      return bytes == 0 && onTheWay == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /// For how long adding has waited for room, nanoseconds.
  long blockedNanos() {
    lock.lock();
    try {
      return blockedNanos;
    } finally {
      lock.unlock();
    }
  }

  /// Nothing more is added, and all that waits is ready.
  void close() {
    lock.lock();
    try {
      closed = true;
      ready.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
