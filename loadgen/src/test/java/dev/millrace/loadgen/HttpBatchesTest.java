package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HttpBatchesTest {
  private static final long LONG = TimeUnit.MINUTES.toNanos(10);
  private final AtomicBoolean stopped = new AtomicBoolean();

  private HttpBatches batches(int events, long lingerNanos, long capacity, int full) {
    return new HttpBatches(events, lingerNanos, capacity, full, stopped::get);
  }

  private static boolean add(HttpBatches batches, int bytes, long patienceNanos) {
    return batches.add(new byte[bytes], (position, failure) -> {}, patienceNanos);
  }

  @Test
  void aFullBatchIsReadyAtOnce() throws Exception {
    HttpBatches batches = batches(3, LONG, 1_000, 10);
    for (int i = 0; i < 7; i++) {
      assertTrue(add(batches, 10, 0));
    }
    assertEquals(3, batches.take().events());
    assertEquals(3, batches.take().events());
    batches.close();
    assertEquals(1, batches.take().events());
    assertNull(batches.take());
  }

  @Test
  void oneThatDoesNotFillIsReadyAfterAWhile() throws Exception {
    HttpBatches batches = batches(100, TimeUnit.MILLISECONDS.toNanos(5), 1_000, 10);
    assertTrue(add(batches, 10, 0));
    assertEquals(1, batches.take().events());
  }

  @Test
  void bytesAndBatchesThatWaitAreBoundedAndRoomIsMadeByTaking() throws Exception {
    HttpBatches byBytes = batches(1, LONG, 25, 10);
    assertTrue(add(byBytes, 10, 0));
    assertTrue(add(byBytes, 15, 0));
    assertFalse(add(byBytes, 1, 0));
    assertEquals(10, byBytes.take().eventBytes());
    assertTrue(add(byBytes, 10, 0));
    HttpBatches byNumber = batches(2, LONG, 1_000, 2);
    for (int i = 0; i < 4; i++) {
      assertTrue(add(byNumber, 1, 0));
    }
    assertFalse(add(byNumber, 1, 0));
    assertEquals(2, byNumber.take().events());
    assertTrue(add(byNumber, 1, 0));
  }

  @Test
  void anEventLargerThanAllTheRoomIsTakenByItself() throws Exception {
    HttpBatches batches = batches(10, LONG, 25, 10);
    assertTrue(add(batches, 100, 0));
    assertFalse(add(batches, 1, 0));
    batches.close();
    assertEquals(1, batches.take().events());
  }

  @Test
  void whoWaitsForRoomGetsItOrIsToldThatItIsTheEnd() throws Exception {
    HttpBatches batches = batches(1, LONG, 10, 10);
    assertTrue(add(batches, 10, 0));
    List<Boolean> added = new ArrayList<>();
    Thread adder = Thread.ofPlatform().start(() -> added.add(add(batches, 10, LONG)));
    while (adder.getState() != Thread.State.TIMED_WAITING) {
      Thread.sleep(5);
    }
    assertEquals(1, batches.take().events());
    adder.join();
    assertEquals(List.of(true), added);
    assertTrue(batches.blockedNanos() > 0);
    Thread second = Thread.ofPlatform().start(() -> added.add(add(batches, 10, LONG)));
    while (second.getState() != Thread.State.TIMED_WAITING) {
      Thread.sleep(5);
    }
    batches.close();
    second.join();
    assertEquals(List.of(true, false), added);
  }

  /// Else Ctrl-C would have to wait for the edge.
  @Test
  void roomIsNotWaitedForLongOnceSomebodyWantsTheEnd() {
    HttpBatches batches = batches(1, LONG, 10, 10);
    assertTrue(add(batches, 10, 0));
    stopped.set(true);
    assertFalse(add(batches, 10, LONG));
  }

  @Test
  void settledIsWhatHasBeenTakenAndTold() throws Exception {
    HttpBatches batches = batches(1, LONG, 100, 10);
    assertTrue(batches.awaitSettled(0));
    assertTrue(add(batches, 10, 0));
    assertFalse(batches.awaitSettled(0));
    assertEquals(1, batches.poll().events());
    assertNull(batches.poll());
    assertFalse(batches.awaitSettled(0));
    batches.settled();
    assertTrue(batches.awaitSettled(0));
  }

  /// Watchers come and go; none of the batches may be left waiting for one.
  @Test
  void manyTakersGetAllThatIsAdded() throws Exception {
    HttpBatches batches = batches(3, TimeUnit.MILLISECONDS.toNanos(1), 1_000, 10);
    AtomicInteger taken = new AtomicInteger();
    int takers = 8;
    CountDownLatch done = new CountDownLatch(takers);
    for (int i = 0; i < takers; i++) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              for (HttpBatch batch = batches.take(); batch != null; batch = batches.take()) {
                taken.addAndGet(batch.events());
                batches.settled();
              }
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            done.countDown();
          });
    }
    for (int i = 0; i < 10_000; i++) {
      assertTrue(add(batches, 10, LONG));
    }
    assertTrue(batches.awaitSettled(LONG));
    assertEquals(10_000, taken.get());
    batches.close();
    done.await();
  }
}
