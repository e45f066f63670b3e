package dev.millrace.ingest;

import java.security.MessageDigest;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// What was answered to requests with an `Idempotency-Key`, so that a client that did not get the
/// answer can ask again and nothing is counted twice. Of a request of which Kafka has not taken all
/// it keeps what became of each event, so that asking again sends only what Kafka's client does not
/// have any more, and until that has told of all. Else bounded by memory: the oldest go first.
/// Thread-safe.
final class IdempotencyCache {
  /// How long an answer is kept, and from when a request that has none yet was last asked for.
  static final Duration KEPT = Duration.ofMinutes(10);

  /// Bytes of keys and answers, some 50,000 of the usual size.
  static final long MAX_BYTES = 16L << 20;

  private static final int ENTRY_BYTES = 384;

  private final LongSupplier nanoTime;
  private final long maxBytes;

  /// The oldest first.
  private final Map<String, Attempt> attempts = new LinkedHashMap<>();

  private long bytes;
  private long evicted;

  /// @param nanoTime [System#nanoTime()]
  /// @param maxBytes about how much memory it may take
  IdempotencyCache(LongSupplier nanoTime, long maxBytes) {
    this.nanoTime = nanoTime;
    this.maxBytes = maxBytes;
  }

  /// A request with a key: what has come of it so far. For the thread that does the request.
  final class Attempt {
    private final byte[] bodyHash;
    private long begunAt = nanoTime.getAsLong();
    private boolean running;
    private Answer answer;
    private Delivery delivery = new Delivery();
    private int deliveryBytes;
    private long size;

    private Attempt(byte[] bodyHash) {
      this.bodyHash = bodyHash.clone();
    }

    /// The answer that was given; null if the request is still to be done.
    Answer answer() {
      return answer;
    }

    /// What became of its events so far; null if there is an answer.
    Delivery delivery() {
      return delivery;
    }

    /// It is done: this is the answer from now on.
    void finish(Answer done) {
      synchronized (IdempotencyCache.this) {
        running = false;
        answer = done;
        delivery = null;
        keepDelivery(0);
        grow(this, done.body().length());
      }
    }

    /// It is not done, and may be asked for again.
    void suspend() {
      synchronized (IdempotencyCache.this) {
        running = false;
        keepDelivery(delivery.bytes());
      }
    }

    /// Whether it must not be forgotten: its events would be sent anew, and the first ones may
    /// arrive too.
    private boolean isUnderWay() {
      return running || (delivery != null && delivery.isUnderWay());
    }

    private void keepDelivery(int nowBytes) {
      grow(this, nowBytes - deliveryBytes);
      deliveryBytes = nowBytes;
    }
  }

  /// Begins with a request, or finds what has come of it.
  ///
  /// @param key the client's name and key
  /// @param bodyHash of its body
  /// @return without an answer if the request is to be done now, and then finished or suspended
  /// @throws Refusal 422 if the key was used with another body, 409 if the request is being done
  synchronized Attempt begin(String key, byte[] bodyHash) throws Refusal {
    makeRoom();
    Attempt attempt = attempts.get(key);
    if (attempt == null) {
      attempt = new Attempt(bodyHash);
      attempts.put(key, attempt);
      grow(attempt, ENTRY_BYTES + key.length());
    }
    if (!MessageDigest.isEqual(attempt.bodyHash, bodyHash)) {
      throw new Refusal(422, "this Idempotency-Key was used with another body");
    }
    if (attempt.running) {
      throw new Refusal(
          409, "the request with this Idempotency-Key is being done", Refusal.retryAfter(1));
    }
    if (attempt.answer == null) {
      attempt.running = true;
      attempt.begunAt = nanoTime.getAsLong();
      attempts.remove(key);
      attempts.put(key, attempt);
    }
    return attempt;
  }

  private void grow(Attempt attempt, long more) {
    attempt.size += more;
    bytes += more;
  }

  private void makeRoom() {
    long now = nanoTime.getAsLong();
    Iterator<Attempt> oldest = attempts.values().iterator();
    while (oldest.hasNext()) {
      Attempt attempt = oldest.next();
      boolean over = now - attempt.begunAt > KEPT.toNanos();
      if (!over && bytes <= maxBytes) {
        return;
      }
      if (!attempt.isUnderWay()) {
        oldest.remove();
        bytes -= attempt.size;
        evicted += over ? 0 : 1;
      }
    }
  }

  /// Answers that were forgotten before their time, for want of memory.
  synchronized long evicted() {
    return evicted;
  }
}
