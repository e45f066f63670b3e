package dev.millrace.ingest;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;

/// What has become of the events of one request, or of all requests with one `Idempotency-Key`. One
/// thread sends and waits; fates arrive on that thread or on Kafka's, and some of them after the
/// request was answered.
final class Delivery {
  /// To be sent in this request.
  private static final byte NEW = 0;

  private static final byte ACCEPTED = 1;
  private static final byte FAILED = 2;

  /// Kafka's client has it, and has not told what became of it.
  private static final byte SENT = 3;

  /// Kafka's client has told that it will never know.
  private static final byte UNKNOWN = 4;

  /// What is known when a request is answered.
  ///
  /// @param accepted events that Kafka has acknowledged, in this request or before
  /// @param failed events that are surely not in Kafka
  /// @param unknown events that may be in Kafka or not
  /// @param failure why Kafka has not acknowledged something; null if nothing was told
  record Outcome(int accepted, int failed, int unknown, Exception failure) {}

  /// The line of each event, in their order. By line and not by event: what is an event can change
  /// with the clock.
  private int[] lines = {};

  /// One for each of them.
  private byte[] fates = {};

  private int toldAccepted;
  private CountDownLatch open = new CountDownLatch(0);
  private long begunAt;
  private Thread sender;
  private volatile Exception failure;

  /// Nobody waits any more: what is told from now on is for the next request, because this one may
  /// be in the middle of its answer.
  private boolean ended = true;

  /// A request begins, by the thread that will send and wait: the first one, or one that asks again
  /// for the same.
  synchronized void begin(EventBatch batch) {
    learn(batch);
    int accepted = 0;
    for (byte fate : fates) {
      accepted += fate == ACCEPTED ? 1 : 0;
    }
    open = new CountDownLatch(fates.length - accepted);
    begunAt = System.nanoTime();
    sender = Thread.currentThread();
    failure = null;
    ended = false;
  }

  private void learn(EventBatch batch) {
    int[] now = new int[batch.size()];
    byte[] fatesNow = new byte[now.length];
    for (int event = 0; event < now.length; event++) {
      now[event] = batch.line(event);
      int before = Arrays.binarySearch(lines, now[event]);
      byte fate = before < 0 ? NEW : fates[before];
      // What Kafka's client is done with is tried again.
      fatesNow[event] = fate == ACCEPTED || fate == SENT ? fate : NEW;
    }
    lines = now;
    fates = fatesNow;
  }

  /// How many events earlier requests have ended with as accepted: they have been counted.
  int toldAccepted() {
    return toldAccepted;
  }

  /// Takes an event to be handed over; not if Kafka has it, or its client tries since an earlier
  /// request.
  ///
  /// @return whether it is to be handed over
  synchronized boolean take(int event) {
    boolean isNew = fates[event] == NEW;
    if (isNew) {
      fates[event] = SENT;
    }
    return isNew;
  }

  /// What Kafka's client tells when the event's fate is known.
  Callback callback(int event) {
    int line = lines[event];
    return (RecordMetadata _, Exception e) -> settle(event, line, e);
  }

  /// An event that was taken, and was not even handed over.
  void fail(int event, Exception cause) {
    settle(event, lines[event], cause);
  }

  /// A failure told within `send` itself means that the event never left; so do answers that refuse
  /// it, or another one beside it in the same record batch. A time-out or a broken connection
  /// afterwards leaves its fate open.
  ///
  /// @param event its place when it was sent, which mostly is its place now
  private synchronized void settle(int event, int line, Exception e) {
    boolean isThere = event < lines.length && lines[event] == line;
    int place = isThere ? event : Arrays.binarySearch(lines, line);
    if (place < 0) {
      // By the clock of a later request it is no event.
      return;
    }
    if (e == null) {
      fates[place] = ACCEPTED;
    } else {
      boolean surelyNotInKafka =
          Thread.currentThread().equals(sender)
              || e instanceof RecordTooLargeException
              || e instanceof InvalidTimestampException
              || e instanceof InvalidRecordException
              || e instanceof AuthorizationException
              || e instanceof InvalidTopicException;
      fates[place] = surelyNotInKafka ? FAILED : UNKNOWN;
    }
    if (!ended) {
      failure = e == null ? failure : e;
      open.countDown();
    }
  }

  /// Waits until all fates are known, or nobody expects them any more.
  void await() throws InterruptedException {
    open.await();
  }

  /// When the request was begun, by [System#nanoTime()].
  long begunAt() {
    return begunAt;
  }

  /// Ends the waiting: what is not known by now stays unknown.
  synchronized void giveUp(Exception cause) {
    if (open.getCount() == 0) {
      // All is known: there is nothing to give up.
      return;
    }
    ended = true;
    failure = failure == null ? cause : failure;
    while (open.getCount() > 0) {
      open.countDown();
    }
  }

  /// Why sending on is of no use; null if it is of use.
  Exception failure() {
    return failure;
  }

  /// Ends the request with what is known.
  synchronized Outcome end() {
    ended = true;
    int accepted = 0;
    int failed = 0;
    for (byte fate : fates) {
      accepted += fate == ACCEPTED ? 1 : 0;
      failed += fate == FAILED ? 1 : 0;
    }
    toldAccepted = accepted;
    Outcome outcome = new Outcome(accepted, failed, fates.length - accepted - failed, failure);
    // It may be kept for long, and a thread has a connection.
    sender = null;
    failure = null;
    return outcome;
  }

  /// Whether Kafka's client still tries to send some of it.
  synchronized boolean isUnderWay() {
    for (byte fate : fates) {
      if (fate == SENT) {
        return true;
      }
    }
    return false;
  }

  /// Bytes of memory that it takes.
  synchronized int bytes() {
    return fates.length * (Integer.BYTES + Byte.BYTES);
  }
}
