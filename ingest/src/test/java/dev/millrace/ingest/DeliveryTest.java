package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.millrace.events.RequestEventCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class DeliveryTest {
  private final EventBatch batch = batch(6);

  private final Delivery delivery = new Delivery();

  /// Begins a request, and hands over all of it that is to be.
  private List<Integer> handOver(EventBatch events) {
    delivery.begin(events);
    List<Integer> taken = new ArrayList<>();
    for (int event = 0; event < events.size(); event++) {
      if (delivery.take(event)) {
        taken.add(event);
      }
    }
    return taken;
  }

  private Delivery.Outcome outcome() throws InterruptedException {
    delivery.await();
    return delivery.end();
  }

  private static void onKafkasThread(Runnable tell) throws InterruptedException {
    Thread.ofPlatform().start(tell).join();
  }

  @Test
  void onlyWhatWasRefusedOrNeverLeftIsSurelyNotInKafka() throws Exception {
    assertEquals(List.of(0, 1, 2, 3, 4, 5), handOver(batch));
    delivery.fail(0, new TimeoutException("no metadata"));
    assertNotNull(delivery.failure());
    onKafkasThread(() -> {
      delivery.callback(1).onCompletion(null, null);
      delivery.callback(2).onCompletion(null, new TimeoutException("expired"));
      delivery.callback(3).onCompletion(null, new RecordTooLargeException("large"));
      delivery.callback(4).onCompletion(null, new InvalidTimestampException("ahead"));
      delivery.callback(5).onCompletion(null, new InvalidRecordException("beside one"));
    });
    Delivery.Outcome outcome = outcome();
    assertEquals(1, outcome.accepted());
    assertEquals(4, outcome.failed());
    assertEquals(1, outcome.unknown());
  }

  @Test
  void whatNobodyTellsOfIsUnknown() throws Exception {
    handOver(batch);
    onKafkasThread(() -> {
      delivery.callback(0).onCompletion(null, null);
      delivery.giveUp(new NetworkException("away"));
    });
    Delivery.Outcome outcome = outcome();
    assertEquals(1, outcome.accepted());
    assertEquals(5, outcome.unknown());
    assertEquals("away", outcome.failure().getMessage());
  }

  @Test
  void askedAgainOnlyWhatKafkasClientIsDoneWithIsSentAgain() throws Exception {
    handOver(batch);
    Callback late = delivery.callback(3);
    Callback later = delivery.callback(4);
    onKafkasThread(() -> {
      delivery.callback(0).onCompletion(null, null);
      delivery.callback(1).onCompletion(null, new RecordTooLargeException("large"));
      delivery.callback(2).onCompletion(null, new TimeoutException("expired"));
      delivery.giveUp(new NetworkException("away"));
    });
    assertEquals(4, outcome().unknown());
    // Told when the request was answered.
    onKafkasThread(() -> late.onCompletion(null, null));
    assertEquals(List.of(1, 2), handOver(batch));
    assertEquals(1, delivery.toldAccepted());
    onKafkasThread(() -> {
      delivery.callback(1).onCompletion(null, null);
      delivery.callback(2).onCompletion(null, null);
      later.onCompletion(null, null);
      delivery.callback(5).onCompletion(null, null);
    });
    Delivery.Outcome outcome = outcome();
    assertEquals(6, outcome.accepted());
    assertNull(outcome.failure());
  }

  @Test
  void whatFailsBeforeItIsTakenAgainIsNotSentInThisRequest() throws Exception {
    handOver(batch);
    delivery.giveUp(new NetworkException("away"));
    delivery.end();
    delivery.begin(batch);
    onKafkasThread(() -> delivery.callback(0).onCompletion(null, new TimeoutException("expired")));
    assertFalse(delivery.take(0));
    assertNotNull(delivery.failure());
  }

  /// What is an event can change with the clock: the second line is one only when it is asked
  /// again.
  @Test
  void fatesAreKeptByLine() throws Exception {
    EventBatch before = lines(GOOD + "{}\n" + GOOD);
    assertEquals(List.of(0, 1), handOver(before));
    Callback third = delivery.callback(1);
    delivery.giveUp(new NetworkException("away"));
    assertEquals(2, outcome().unknown());
    assertEquals(List.of(1), handOver(lines(GOOD + GOOD + GOOD)));
    onKafkasThread(() -> third.onCompletion(null, null));
    delivery.giveUp(new NetworkException("away"));
    assertEquals(1, outcome().accepted());
    assertEquals(List.of(), handOver(lines(GOOD + GOOD + GOOD)));
    assertFalse(delivery.take(2));
  }

  private static final String GOOD =
      "{\"time\":5,\"service\":\"a\",\"route\":\"/b\",\"status\":200}\n";

  static EventBatch batch(int events) {
    return lines(GOOD.repeat(events));
  }

  private static EventBatch lines(String text) {
    byte[] lines = text.getBytes(StandardCharsets.US_ASCII);
    return EventBatch.ofLines(lines, lines.length, new RequestEventCodec());
  }
}
