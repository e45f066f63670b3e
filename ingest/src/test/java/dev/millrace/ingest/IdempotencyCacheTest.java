package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Callback;
import org.junit.jupiter.api.Test;

class IdempotencyCacheTest {
  private static final Answer ANSWER = new Answer(202, Answer.JSON, "{\"accepted\":1}");
  private static final byte[] BODY = {1};
  private static final long LIMIT = 100_000;

  private final AtomicLong now = new AtomicLong();
  private final IdempotencyCache cache = new IdempotencyCache(now::get, LIMIT);

  @Test
  void answersFromMemory() throws Exception {
    IdempotencyCache.Attempt attempt = cache.begin("a", BODY);
    assertNull(attempt.answer());
    attempt.finish(ANSWER);
    assertSame(ANSWER, cache.begin("a", BODY).answer());
    assertSame(ANSWER, cache.begin("a", BODY).answer());
    assertNull(cache.begin("b", BODY).answer());
  }

  @Test
  void refusesAnotherBodyAndWhatIsBeingDone() throws Exception {
    var _ = cache.begin("a", BODY);
    assertEquals(409, refusal("a", BODY));
    assertEquals(422, refusal("a", new byte[] {2}));
  }

  @Test
  void whatWasNotDoneIsDoneAgainByWhatBecameOfItsEvents() throws Exception {
    IdempotencyCache.Attempt attempt = cache.begin("a", BODY);
    attempt.suspend();
    IdempotencyCache.Attempt again = cache.begin("a", BODY);
    assertNull(again.answer());
    assertSame(attempt.delivery(), again.delivery());
    assertEquals(409, refusal("a", BODY));
    again.finish(ANSWER);
    assertSame(ANSWER, cache.begin("a", BODY).answer());
  }

  @Test
  void forgetsAfterTenMinutes() throws Exception {
    cache.begin("a", BODY).finish(ANSWER);
    now.set(IdempotencyCache.KEPT.toNanos());
    assertSame(ANSWER, cache.begin("a", BODY).answer());
    now.addAndGet(1);
    assertNull(cache.begin("a", BODY).answer());
    assertEquals(0, cache.evicted());
  }

  @Test
  void keepsToItsMemoryAndForgetsTheOldestFirst() throws Exception {
    IdempotencyCache.Attempt running = cache.begin("running", BODY);
    for (int i = 0; i < 10_000; i++) {
      cache.begin("key-" + i, BODY).finish(ANSWER);
    }
    assertTrue(cache.evicted() > 9_000 && cache.evicted() < 10_000, "" + cache.evicted());
    assertSame(ANSWER, cache.begin("key-9999", BODY).answer());
    assertNull(cache.begin("key-0", BODY).answer());
    assertEquals(409, refusal("running", BODY));
    running.finish(ANSWER);
  }

  @Test
  void whatIsDoneIsNoLongerRememberedEventByEvent() throws Exception {
    IdempotencyCache.Attempt attempt = cache.begin("a", BODY);
    attempt.delivery().begin(DeliveryTest.batch(1));
    attempt.finish(ANSWER);
    assertNull(attempt.delivery());
  }

  @Test
  void keepsWhatIsAskedForAgainForTenMoreMinutes() throws Exception {
    IdempotencyCache.Attempt attempt = cache.begin("a", BODY);
    attempt.suspend();
    now.set(IdempotencyCache.KEPT.toNanos());
    cache.begin("a", BODY).suspend();
    now.addAndGet(IdempotencyCache.KEPT.toNanos());
    assertSame(attempt, cache.begin("a", BODY));
  }

  /// Forgotten, it would be sent anew, and what is under way may arrive too.
  @Test
  void keepsWhatIsUnderWayForAsLongAsThat() throws Exception {
    IdempotencyCache.Attempt attempt = cache.begin("a", BODY);
    EventBatch batch = DeliveryTest.batch(1);
    Delivery delivery = attempt.delivery();
    delivery.begin(batch);
    assertTrue(delivery.take(0));
    Callback told = delivery.callback(0);
    delivery.end();
    attempt.suspend();
    now.set(2 * IdempotencyCache.KEPT.toNanos());
    assertSame(attempt, cache.begin("a", BODY));
    attempt.suspend();
    for (int i = 0; i < 10_000; i++) {
      cache.begin("key-" + i, BODY).finish(ANSWER);
    }
    assertSame(attempt, cache.begin("a", BODY));
    attempt.suspend();
    told.onCompletion(null, null);
    now.addAndGet(IdempotencyCache.KEPT.toNanos() + 1);
    assertNotSame(attempt, cache.begin("a", BODY));
  }

  private int refusal(String key, byte[] body) {
    return assertThrows(Refusal.class, () -> cache.begin(key, body)).answer().status();
  }
}
