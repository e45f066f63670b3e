package dev.millrace.ingest;

import dev.millrace.events.RequestEventCodec;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.Optional;

/// `POST /v1/events`: judges events, hands them to Kafka, and answers when it is known what became
/// of each.
final class EventsEndpoint {
  private static final int ACCEPTED = 202;
  private static final int BAD_REQUEST = 400;
  private static final int UNAVAILABLE = 503;
  private static final int MAX_KEY_LENGTH = 255;

  /// An election of a new leader is over by then, mostly.
  private static final int RETRY_AFTER_S = 5;

  /// What an event takes beside its bytes until Kafka has it: where it stands, a copy for Kafka's
  /// client, and what the client remembers of it.
  private static final long EVENT_OVERHEAD = 256;

  private final EventProducer producer;
  private final RequestEventCodec codec;
  private final Optional<ApiKeys> apiKeys;
  private final IdempotencyCache idempotency;
  private final IngestMetrics metrics;

  /// @param apiKeys who may send; empty for everybody
  EventsEndpoint(
      EventProducer producer,
      RequestEventCodec codec,
      Optional<ApiKeys> apiKeys,
      IdempotencyCache idempotency,
      IngestMetrics metrics) {
    this.producer = producer;
    this.codec = codec;
    this.apiKeys = apiKeys;
    this.idempotency = idempotency;
    this.metrics = metrics;
  }

  private enum Format {
    JSON,
    LINES
  }

  /// @throws Refusal if nothing of it was accepted
  Answer post(RequestHead head, RequestBody body)
      throws IOException, InterruptedException, Refusal {
    Optional<ApiKey> client = Optional.empty();
    if (apiKeys.isPresent()) {
      client = Optional.of(apiKeys.get().admit(head.apiKey()));
    }
    boolean atomic = head.isAsked("atomic");
    Format format = format(head.mediaType());
    if (head.idempotencyKey().length() > MAX_KEY_LENGTH) {
      throw new Refusal(
          BAD_REQUEST, "an Idempotency-Key may have " + MAX_KEY_LENGTH + " characters");
    }
    body.read();
    EventBatch batch =
        format == Format.LINES
            ? EventBatch.ofLines(body.content(), body.length(), codec)
            : EventBatch.ofJson(body.content(), body.length(), codec);
    if (batch.size() + batch.rejected() == 0) {
      throw new Refusal(BAD_REQUEST, "there is no event in the body");
    }
    if (head.idempotencyKey().isEmpty()) {
      return send(body, batch, atomic, client, Optional.empty());
    }
    String key = client.map(ApiKey::name).orElse("") + " " + head.idempotencyKey();
    IdempotencyCache.Attempt attempt = idempotency.begin(key, hash(body, format, atomic));
    if (attempt.answer() != null) {
      metrics.replayed();
      return attempt.answer();
    }
    return send(body, batch, atomic, client, Optional.of(attempt));
  }

  private static Format format(String mediaType) throws Refusal {
    return switch (mediaType) {
      case "application/json" -> Format.JSON;
      case "application/x-ndjson", "application/ndjson" -> Format.LINES;
      default ->
          throw new Refusal(
              415,
              "Content-Type must be application/json or application/x-ndjson, not '"
                  + mediaType
                  + "'");
    };
  }

  /// Of all that decides what becomes of the request.
  private static byte[] hash(RequestBody body, Format format, boolean atomic) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update((byte) (format == Format.LINES ? 1 : 0));
      sha256.update((byte) (atomic ? 1 : 0));
      sha256.update(body.content(), 0, body.length());
      return sha256.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private Answer send(
      RequestBody body,
      EventBatch batch,
      boolean atomic,
      Optional<ApiKey> client,
      Optional<IdempotencyCache.Attempt> attempt)
      throws InterruptedException, Refusal {
    Delivery delivery = attempt.map(IdempotencyCache.Attempt::delivery).orElseGet(Delivery::new);
    Answer answer = null;
    try {
      int lines = batch.size() + batch.rejected();
      client.ifPresent(key -> key.charge(lines, System.nanoTime()));
      if (atomic && batch.rejected() > 0) {
        metrics.received(lines);
        metrics.rejected(lines);
        answer = rejected("not all are events, so none was accepted", batch, 0);
        return answer;
      }
      body.hold(batch.size() * EVENT_OVERHEAD);
      answer = deliver(batch, delivery, attempt.isPresent());
      return answer;
    } finally {
      // Whatever happened, the next one with this key must not wait for this one.
      if (attempt.isPresent() && answer != null && answer.status() != UNAVAILABLE) {
        attempt.get().finish(answer);
      } else if (attempt.isPresent()) {
        attempt.get().suspend();
      }
    }
  }

  private Answer deliver(EventBatch batch, Delivery delivery, boolean hasKey)
      throws InterruptedException {
    delivery.begin(batch);
    int before = delivery.toldAccepted();
    metrics.received(batch.size() - before + batch.rejected());
    metrics.rejected(batch.rejected());
    Delivery.Outcome outcome;
    try {
      producer.send(batch, delivery, hasKey);
    } finally {
      outcome = delivery.end();
    }
    metrics.accepted(outcome.accepted() - before);
    metrics.failed(outcome.failed());
    metrics.unknown(outcome.unknown());
    if (outcome.failed() + outcome.unknown() > 0) {
      return undelivered(outcome, batch);
    }
    return batch.rejected() > 0
        ? rejected("some are no events; the others were accepted", batch, batch.size())
        : new Answer(ACCEPTED, Answer.JSON, "{\"accepted\":" + batch.size() + "}\n");
  }

  private static Answer rejected(String detail, EventBatch batch, int accepted) {
    return Refusal.problem(
        BAD_REQUEST,
        detail,
        Map.of(),
        json -> {
          json.writeNumberField("accepted", accepted);
          json.writeNumberField("rejected", batch.rejected());
          Refusal.writeErrors(json, batch);
        });
  }

  private static Answer undelivered(Delivery.Outcome delivery, EventBatch batch) {
    String cause = delivery.failure() == null ? "no answer" : delivery.failure().getMessage();
    String detail =
        delivery.unknown() > 0
            ? "Kafka has not acknowledged all events; those that are unknown may be in it"
            : "Kafka has not taken all events";
    return Refusal.problem(
        UNAVAILABLE,
        detail + ": " + cause,
        Refusal.retryAfter(RETRY_AFTER_S),
        json -> {
          json.writeNumberField("accepted", delivery.accepted());
          json.writeNumberField("failed", delivery.failed());
          json.writeNumberField("unknown", delivery.unknown());
          json.writeNumberField("rejected", batch.rejected());
          Refusal.writeErrors(json, batch);
        });
  }
}
