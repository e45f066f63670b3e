package dev.millrace.loadgen;

import dev.millrace.events.RequestEvent;
import dev.millrace.loadgen.Ledger.Fate;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Sends events to a target, and books the fate of each. One thread sends; fates arrive on a thread
/// of the target's own, one after the other.
final class EventSender implements AutoCloseable {
  /// How long it is taken for granted that there still is no room. When nothing is on its way, no
  /// answer can tell.
  private static final long NO_ROOM_NANOS = TimeUnit.SECONDS.toNanos(2);

  /// How long what is on its way is waited for when somebody wants the end.
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(10);

  private static final long SETTLE_TICK_MS = 20;

  private final Target target;

  /// Where lines go that are no event; null if there are no lines.
  private final KafkaTarget deadLetters;

  private final LoadMetrics metrics;
  private final Figures figures;
  private final boolean paced;
  private final BooleanSupplier stopped;

  /// Events wait for Kafka as long as it takes.
  private final boolean patient;

  private final Thread sender = Thread.currentThread();

  /// One for all: a stack trace for each of a million events a second would take all the time.
  private final Exception noRoom;

  /// Events whose fate the target has told, by one thread at a time.
  private final AtomicLong answered = new AtomicLong();

  /// What that was when there was no room for an event; -1 if there is. For the sender's thread.
  private long answeredWhenFull = -1;

  /// When that was found out, by [System#nanoTime()].
  private long fullSince;

  /// For events that have a time of long ago: waits for Kafka as long as it takes, and gives
  /// nothing up because it is away.
  ///
  /// @param stopped whether to wait no longer for Kafka to take an event
  EventSender(KafkaTarget target, LoadMetrics metrics, BooleanSupplier stopped) {
    this(target, target, metrics, null, false, true, stopped);
  }

  /// For generated events: what the target does not take has failed.
  ///
  /// @param figures where latencies go
  /// @param paced whether there is a schedule that must go on when the target is away
  /// @param stopped whether somebody wants the end
  EventSender(
      Target target, LoadMetrics metrics, Figures figures, boolean paced, BooleanSupplier stopped) {
    this(target, null, metrics, figures, paced, false, stopped);
  }

  private EventSender(
      Target target,
      KafkaTarget deadLetters,
      LoadMetrics metrics,
      Figures figures,
      boolean paced,
      boolean patient,
      BooleanSupplier stopped) {
    this.target = target;
    this.deadLetters = deadLetters;
    this.metrics = metrics;
    this.figures = figures;
    this.paced = paced;
    this.patient = patient;
    this.stopped = stopped;
    noRoom = new BufferExhaustedException(target.noRoom());
  }

  /// Waits until the target takes events.
  ///
  /// @throws IOException with a sentence, if that takes too long
  void awaitReady() throws IOException {
    target.awaitReady();
  }

  /// Hands one event to the target.
  ///
  /// @param json the event as it is to stand in Kafka
  /// @param ledger where its fate is booked
  void send(RequestEvent event, byte[] json, Ledger ledger) {
    LedgerCell cell = ledger.sending(event);
    metrics.events.sent();
    hand(
        sent -> target.send(null, json, event.time(), sent),
        new Sent(cell, event.status(), event.durationUs().orElse(-1), event.bytes(), 0, 0));
  }

  /// Hands an event to the target that was made for it.
  ///
  /// @param generator has just made it
  /// @param json the event as it is to stand in Kafka
  /// @param ledger where its fate is booked
  /// @param dueNanos when it was due, since the start
  /// @param handedNanos when it is handed over, since the start
  void send(
      EventGenerator generator,
      byte[] json,
      LedgerSeconds ledger,
      long dueNanos,
      long handedNanos) {
    long behind = handedNanos - dueNanos;
    if (paced) {
      figures.lateness.record(behind);
      metrics.behind(behind);
    }
    if (generator.isValid()) {
      LedgerCell cell =
          ledger.sending(generator.time(), generator.seriesIndex(), generator.isAged());
      metrics.events.sent();
      offer(
          generator,
          json,
          new Sent(
              cell,
              generator.status(),
              generator.durationUs(),
              generator.bytes(),
              dueNanos,
              generator.index()));
    } else {
      metrics.rejects.sent();
      offer(generator, json, new Sent(null, 0, 0, 0, dueNanos, generator.index()));
    }
  }

  /// While there is no room, and the target has answered nothing since that was found out, an event
  /// that is due has failed: to wait would stop the schedule. One every two seconds tries.
  private void offer(EventGenerator generator, byte[] json, Sent sent) {
    if (answeredWhenFull >= 0) {
      if (answered.get() == answeredWhenFull && System.nanoTime() - fullSince < NO_ROOM_NANOS) {
        sent.onCompletion(null, noRoom);
        return;
      }
      answeredWhenFull = -1;
    }
    target.send(generator.key(), json, generator.time(), sent);
  }

  /// Sends a line that is no event straight to the dead letter queue, with the reason and where the
  /// line stood.
  void reject(byte[] raw, String reason, String source) {
    metrics.rejects.sent();
    hand(
        sent -> deadLetters.sendDeadLetter(raw, reason, source, sent),
        new Sent(null, 0, 0, 0, 0, 0));
  }

  /// Until the target takes it, or nobody wants to wait any longer.
  private static void hand(Consumer<Sent> sending, Sent sent) {
    do {
      sent.refused = false;
      sending.accept(sent);
    } while (sent.refused);
  }

  /// Something that is on its way.
  private final class Sent implements Callback {
    private final LedgerCell cell;
    private final int status;
    private final long durationUs;
    private final long bytes;
    private final long dueNanos;
    private final long index;

    /// The target took nothing for a while, and there is time to try again.
    private boolean refused;

    /// @param cell where its fate is booked; null if it is no event
    /// @param dueNanos when it was due, since the start
    /// @param index its place in the run
    Sent(LedgerCell cell, int status, long durationUs, long bytes, long dueNanos, long index) {
      this.cell = cell;
      this.status = status;
      this.durationUs = durationUs;
      this.bytes = bytes;
      this.dueNanos = dueNanos;
      this.index = index;
    }

    @Override
    public void onCompletion(RecordMetadata position, Exception cause) {
      // That what is no event was refused is what it was made for.
      boolean expected = cell == null && cause instanceof NotAcknowledged not && not.isRefusal();
      Exception failure = expected ? null : cause;
      boolean withinSend = Thread.currentThread().equals(sender);
      if (patient && withinSend && isAway(failure) && !stopped.getAsBoolean()) {
        refused = true;
        return;
      }
      Fate fate = failure == null ? Fate.ACKNOWLEDGED : fate(failure, withinSend);
      if (failure != null) {
        metrics.lastFailure = failure;
      } else if (figures != null) {
        figures.acknowledged(dueNanos);
      }
      if (!withinSend) {
        answered.lazySet(answered.getPlain() + 1);
      } else if (paced && !noRoom.equals(failure) && failure instanceof TimeoutException) {
        // Found out by trying, that is.
        answeredWhenFull = answered.get();
        fullSince = System.nanoTime();
      }
      if (fate == Fate.UNKNOWN && figures != null) {
        // Before it is counted: once all are, all are to be known.
        figures.unknown.add(new Figures.Unknown(index, cell != null));
      }
      if (cell == null) {
        metrics.rejects.settled(fate);
      } else {
        metrics.events.settled(fate);
        cell.settle(fate, status, durationUs, bytes);
      }
    }
  }

  /// Whether Kafka has not answered, or not taken enough to make room. That a topic is not there is
  /// an answer.
  private static boolean isAway(Exception failure) {
    return failure instanceof TimeoutException
        && !(failure.getCause() instanceof UnknownTopicOrPartitionException);
  }

  /// A failure reported within `send` itself means that the record never left; so do answers that
  /// refuse it. A time-out or a broken connection afterwards leaves its fate open.
  private static Fate fate(Exception failure, boolean withinSend) {
    if (failure instanceof NotAcknowledged told) {
      return told.fate();
    }
    boolean surelyNotInKafka =
        withinSend
            || failure instanceof RecordTooLargeException
            || failure instanceof AuthorizationException
            || failure instanceof InvalidTopicException;
    return surelyNotInKafka ? Fate.FAILED : Fate.UNKNOWN;
  }

  /// Where events have waited so far.
  SenderWaits waits() {
    return target.waits();
  }

  /// Waits until the fate of everything sent so far is known, but no longer than the target says
  /// that takes; once somebody wants the end, ten seconds more. What is on its way then has an
  /// unknown fate.
  void flush() {
    // Kafka's client does not come back as long as it gets no producer id.
    Thread flushing = Thread.ofPlatform().daemon().name("millrace-flush").start(target::flush);
    if (!awaitSettled(target.settleTime().toNanos(), flushing)) {
      target.abandon();
    }
  }

  /// The same, however long Kafka is away.
  void settle() {
    var _ = awaitSettled(Long.MAX_VALUE, null);
    target.abandon();
  }

  /// @param flushing a thread that ends when that is so, or never; null for none
  /// @return whether all fates are known
  private boolean awaitSettled(long patienceNanos, Thread flushing) {
    long start = System.nanoTime();
    long patience = patienceNanos;
    boolean hurried = false;
    try {
      while (!metrics.records().isBalanced()) {
        long waited = System.nanoTime() - start;
        if (waited >= patience) {
          return false;
        }
        if (!hurried && stopped.getAsBoolean()) {
          hurried = true;
          patience = Math.min(patience, waited + LAST_PATIENCE.toNanos());
        }
        if (flushing != null && flushing.isAlive()) {
          flushing.join(SETTLE_TICK_MS);
        } else {
          Thread.sleep(SETTLE_TICK_MS);
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    target.close();
  }
}
