package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.RequestEventCodec;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class DeliveryTest {
  private final EventBatch batch = batch(6);

  @Test
  void onlyWhatWasRefusedOrNeverLeftIsSurelyNotInKafka() throws Exception {
    Delivery delivery = new Delivery(batch, new BitSet());
    delivery.fail(0, new TimeoutException("no metadata"));
    Thread.ofPlatform()
        .start(() -> {
          delivery.callback(1).onCompletion(null, null);
          delivery.callback(2).onCompletion(null, new TimeoutException("expired"));
          delivery.callback(3).onCompletion(null, new RecordTooLargeException("large"));
          delivery.callback(4).onCompletion(null, new InvalidTimestampException("ahead"));
          delivery.callback(5).onCompletion(null, new InvalidRecordException("beside one"));
        })
        .join();
    delivery.await();
    assertEquals(1, delivery.accepted());
    assertEquals(4, delivery.failed());
    assertEquals(1, delivery.unknown());
    assertTrue(delivery.hasFailed());
  }

  @Test
  void whatNobodyTellsOfIsUnknown() throws Exception {
    Delivery delivery = new Delivery(batch, new BitSet());
    Thread.ofPlatform()
        .start(() -> {
          delivery.callback(0).onCompletion(null, null);
          delivery.giveUp(new NetworkException("away"));
        })
        .join();
    delivery.await();
    assertEquals(1, delivery.accepted());
    assertEquals(5, delivery.unknown());
    assertEquals("away", delivery.failure().getMessage());
  }

  /// An answer that is being written would count some events twice, or not at all.
  @Test
  void whatIsToldOnceItWasGivenUpChangesNothing() throws Exception {
    Delivery delivery = new Delivery(batch, new BitSet());
    Thread.ofPlatform()
        .start(() -> {
          delivery.callback(0).onCompletion(null, null);
          delivery.giveUp(new NetworkException("away"));
          delivery.callback(1).onCompletion(null, null);
          delivery.callback(2).onCompletion(null, new RecordTooLargeException("large"));
        })
        .join();
    delivery.await();
    assertEquals(1, delivery.accepted());
    assertEquals(0, delivery.failed());
    assertEquals(5, delivery.unknown());
    assertEquals(1, delivery.acceptedLines(batch).cardinality());
    assertEquals("away", delivery.failure().getMessage());
  }

  @Test
  void whatKafkaHasIsToldByLine() throws Exception {
    BitSet before = new BitSet();
    before.set(2);
    Delivery delivery = new Delivery(batch, before);
    assertTrue(delivery.isAccepted(1));
    assertFalse(delivery.isAccepted(0));
    assertEquals(1, delivery.acceptedBefore());
    for (int event : new int[] {0, 2, 3, 4, 5}) {
      delivery.callback(event).onCompletion(null, null);
    }
    delivery.await();
    assertEquals(6, delivery.accepted());
    assertEquals(6, delivery.acceptedLines(batch).cardinality());
    assertTrue(delivery.acceptedLines(batch).get(6));
  }

  private static EventBatch batch(int events) {
    byte[] lines =
        "{\"time\":5,\"service\":\"a\",\"route\":\"/b\",\"status\":200}\n"
            .repeat(events)
            .getBytes(StandardCharsets.US_ASCII);
    return EventBatch.ofLines(lines, lines.length, new RequestEventCodec());
  }
}
