package dev.millrace.ingest;

import java.util.BitSet;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;

/// What has become of the events of one request. One thread sends and waits; fates arrive on that
/// thread or on Kafka's.
final class Delivery {
  private static final byte ACCEPTED = 1;
  private static final byte FAILED = 2;

  /// One for each event; 0 while it is not known, and for good if it stays so.
  private final byte[] fates;

  private final int acceptedBefore;
  private final CountDownLatch open;
  private final long begunAt = System.nanoTime();
  private final Thread sender = Thread.currentThread();
  private volatile Exception failure;

  /// Nobody waits any more: what is told from now on changes nothing, because it may be in the
  /// middle of an answer.
  private boolean givenUp;

  /// @param acceptedLines lines whose events Kafka has from an earlier attempt
  Delivery(EventBatch batch, BitSet acceptedLines) {
    fates = new byte[batch.size()];
    int before = 0;
    for (int event = 0; event < fates.length; event++) {
      if (acceptedLines.get(batch.line(event))) {
        fates[event] = ACCEPTED;
        before++;
      }
    }
    acceptedBefore = before;
    open = new CountDownLatch(fates.length - before);
  }

  /// How many events were in Kafka already.
  int acceptedBefore() {
    return acceptedBefore;
  }

  /// Whether an event is in Kafka already.
  boolean isAccepted(int event) {
    return fates[event] == ACCEPTED;
  }

  /// What Kafka's client tells when the event's fate is known.
  Callback callback(int event) {
    return (RecordMetadata _, Exception e) -> settle(event, e);
  }

  /// An event that was not even handed over.
  void fail(int event, Exception cause) {
    settle(event, cause);
  }

  /// A failure told within `send` itself means that the event never left; so do answers that refuse
  /// it, or another one beside it in the same record batch. A time-out or a broken connection
  /// afterwards leaves its fate open.
  private synchronized void settle(int event, Exception e) {
    if (givenUp) {
      return;
    }
    if (e == null) {
      fates[event] = ACCEPTED;
    } else {
      boolean surelyNotInKafka =
          Thread.currentThread().equals(sender)
              || e instanceof RecordTooLargeException
              || e instanceof InvalidTimestampException
              || e instanceof InvalidRecordException
              || e instanceof AuthorizationException
              || e instanceof InvalidTopicException;
      if (surelyNotInKafka) {
        fates[event] = FAILED;
      }
      failure = e;
    }
    open.countDown();
  }

  /// Waits until all fates are known, or nobody expects them any more.
  void await() throws InterruptedException {
    open.await();
  }

  /// When it was begun, by [System#nanoTime()].
  long begunAt() {
    return begunAt;
  }

  /// Ends the waiting: what is not known by now stays unknown.
  synchronized void giveUp(Exception cause) {
    if (open.getCount() == 0) {
      // All is known: there is nothing to give up.
      return;
    }
    givenUp = true;
    failure = cause;
    while (open.getCount() > 0) {
      open.countDown();
    }
  }

  /// Whether sending on is of no use.
  boolean hasFailed() {
    return failure != null;
  }

  /// Why Kafka has not acknowledged something; null if nothing was told.
  Exception failure() {
    return failure;
  }

  /// Events that Kafka has acknowledged, now or before.
  int accepted() {
    return count(ACCEPTED);
  }

  /// Events that are surely not in Kafka.
  int failed() {
    return count(FAILED);
  }

  /// Events that may be in Kafka or not.
  int unknown() {
    return fates.length - accepted() - failed();
  }

  private int count(byte fate) {
    int count = 0;
    for (byte one : fates) {
      count += one == fate ? 1 : 0;
    }
    return count;
  }

  /// The lines of the events that Kafka has acknowledged, now or before.
  BitSet acceptedLines(EventBatch batch) {
    BitSet lines = new BitSet();
    for (int event = 0; event < fates.length; event++) {
      if (fates[event] == ACCEPTED) {
        lines.set(batch.line(event));
      }
    }
    return lines;
  }
}
