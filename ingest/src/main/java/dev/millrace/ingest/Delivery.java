package dev.millrace.ingest;

import java.util.BitSet;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;

/// What has become of the events of one request. One thread sends and waits; fates arrive on that
/// thread or on Kafka's.
final class Delivery {
  private static final byte ACCEPTED = 1;
  private static final byte FAILED = 2;

  /// One for each event; 0 while it is not known, and for good if it stays so.
  private final byte[] fates;

  private final CountDownLatch open;
  private final Thread sender = Thread.currentThread();
  private volatile Exception failure;

  /// @param accepted events that Kafka has from an earlier attempt
  Delivery(int events, BitSet accepted) {
    fates = new byte[events];
    open = new CountDownLatch(events - accepted.cardinality());
    accepted.stream().forEach(event -> fates[event] = ACCEPTED);
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
  /// it. A time-out or a broken connection afterwards leaves its fate open.
  private void settle(int event, Exception e) {
    if (e == null) {
      fates[event] = ACCEPTED;
    } else {
      boolean surelyNotInKafka =
          Thread.currentThread().equals(sender)
              || e instanceof RecordTooLargeException
              || e instanceof AuthorizationException
              || e instanceof InvalidTopicException;
      if (surelyNotInKafka) {
        fates[event] = FAILED;
      }
      failure = e;
    }
    open.countDown();
  }

  /// Waits until all fates are known. Kafka's client tells each within the delivery timeout; to
  /// wait with a limit of its own would cost a request a fifth of its time, for setting an alarm.
  void await() throws InterruptedException {
    open.await();
  }

  /// Whether sending on is of no use.
  boolean hasFailed() {
    return failure != null;
  }

  /// Why Kafka has not acknowledged something; null if nothing was told.
  Exception failure() {
    return failure;
  }

  /// Events that Kafka has acknowledged.
  BitSet accepted() {
    BitSet accepted = new BitSet(fates.length);
    for (int i = 0; i < fates.length; i++) {
      if (fates[i] == ACCEPTED) {
        accepted.set(i);
      }
    }
    return accepted;
  }

  /// Events that are surely not in Kafka.
  int failed() {
    int failed = 0;
    for (byte fate : fates) {
      if (fate == FAILED) {
        failed++;
      }
    }
    return failed;
  }
}
