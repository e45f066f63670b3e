package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NetworkException;
import org.apache.kafka.common.errors.NotEnoughReplicasAfterAppendException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventSenderTest {
  private static final byte[] JSON = "{}".getBytes(StandardCharsets.UTF_8);

  /// Refuses within `send`, and tells so as Kafka's own client does: by the callback.
  private static class Client extends MockProducer<byte[], byte[]> {
    private final Deque<RuntimeException> refusals = new ArrayDeque<>();
    private int sends;

    Client() {
      super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(
        ProducerRecord<byte[], byte[]> message, Callback callback) {
      sends++;
      RuntimeException refusal = refusals.poll();
      if (refusal == null) {
        return super.send(message, callback);
      }
      callback.onCompletion(null, refusal);
      return CompletableFuture.failedFuture(refusal);
    }
  }

  @TempDir private Path folder;
  private final Client client = new Client();
  private final LoadMetrics metrics = new LoadMetrics();
  private boolean stopped;

  private KafkaTarget target() {
    return new KafkaTarget(client, Duration.ofSeconds(60), () -> stopped);
  }

  private EventSender patient() {
    return new EventSender(target(), metrics, () -> stopped);
  }

  private EventSender paced() {
    return new EventSender(target(), metrics, new Figures(), true, () -> stopped);
  }

  private Ledger ledger() throws IOException {
    return Ledger.create(folder.resolve("ledger"));
  }

  private List<LedgerEntry> booked(Ledger ledger) throws IOException {
    ledger.finish(metrics.totals());
    ledger.close();
    return LedgerFile.read(folder.resolve("ledger")).entries();
  }

  private static void send(EventSender sender, Ledger ledger) {
    sender.send(
        new RequestEvent("", 5_123, "a", "/", "", 500, OptionalLong.of(7), 3), JSON, ledger);
  }

  /// As Kafka's network thread does.
  private void answer(RuntimeException failure) throws InterruptedException {
    Thread network =
        Thread.ofPlatform()
            .start(() -> {
              boolean asked = failure == null ? client.completeNext() : client.errorNext(failure);
              assertTrue(asked);
            });
    network.join();
  }

  @Test
  void whatKafkaHasIsInTheLedger() throws Exception {
    Ledger ledger = ledger();
    try (EventSender sender = patient()) {
      send(sender, ledger);
      assertEquals(new LedgerTotals(1, 0, 0, 0), metrics.totals());
      answer(null);
    }
    assertEquals(new LedgerTotals(1, 1, 0, 0), metrics.totals());
    LedgerEntry entry = booked(ledger).getFirst();
    assertEquals(
        List.of(5_000L, 1L, 1L, 3L, 0L),
        List.of(entry.second(), entry.requests(), entry.errors(), entry.bytes(), entry.unknown()));
    assertTrue(metrics.lastFailure().isEmpty());
  }

  static Stream<RuntimeException> answersThatRefuse() {
    return Stream.of(
        new RecordTooLargeException(),
        new TopicAuthorizationException("requests"),
        new InvalidTopicException());
  }

  @ParameterizedTest
  @MethodSource("answersThatRefuse")
  void whatKafkaRefusesHasFailed(RuntimeException answer) throws Exception {
    assertEquals(new LedgerTotals(1, 0, 1, 0), totalsAfter(answer));
  }

  static Stream<RuntimeException> answersThatLeaveItOpen() {
    return Stream.of(
        new TimeoutException(),
        new NetworkException(),
        new NotEnoughReplicasAfterAppendException("one of two"));
  }

  @ParameterizedTest
  @MethodSource("answersThatLeaveItOpen")
  void whatMayBeInKafkaIsUnknown(RuntimeException answer) throws Exception {
    assertEquals(new LedgerTotals(1, 0, 0, 1), totalsAfter(answer));
  }

  private LedgerTotals totalsAfter(RuntimeException answer) throws Exception {
    Ledger ledger = ledger();
    try (EventSender sender = patient()) {
      send(sender, ledger);
      answer(answer);
    }
    assertEquals(Optional.of(answer), metrics.lastFailure());
    assertEquals(
        metrics.totals().unknown(), booked(ledger).stream().mapToLong(LedgerEntry::unknown).sum());
    return metrics.totals();
  }

  @Test
  void aReplayTriesAgainWhatKafkaHadNoRoomForAndBooksItOnce() throws Exception {
    Ledger ledger = ledger();
    client.refusals.add(new TimeoutException("requests not present in metadata after 5000 ms"));
    client.refusals.add(new BufferExhaustedException("no room"));
    try (EventSender sender = patient()) {
      send(sender, ledger);
      assertEquals(3, client.sends);
      assertEquals(new LedgerTotals(1, 0, 0, 0), metrics.totals());
      answer(null);
      sender.settle();
    }
    assertEquals(new LedgerTotals(1, 1, 0, 0), metrics.totals());
    assertEquals(1, booked(ledger).getFirst().requests());
    assertTrue(metrics.lastFailure().isEmpty());
  }

  @Test
  void aReplayThatIsToEndTriesNoLonger() throws Exception {
    Ledger ledger = ledger();
    client.refusals.add(new BufferExhaustedException("no room"));
    stopped = true;
    try (EventSender sender = patient()) {
      send(sender, ledger);
    }
    assertEquals(new LedgerTotals(1, 0, 1, 0), metrics.totals());
    assertEquals(List.of(), booked(ledger));
  }

  @Test
  void aTopicThatIsNotThereIsNotWaitedFor() throws Exception {
    client.refusals.add(
        new TimeoutException(
            "not present in metadata", new UnknownTopicOrPartitionException("no such topic")));
    try (EventSender sender = patient()) {
      sender.reject(JSON, "is no event", "log:1");
    }
    assertEquals(1, client.sends);
    assertEquals(new LedgerTotals(1, 0, 1, 0), metrics.rejects());
  }

  @Test
  void aScheduleGoesOnWhenThereIsNoRoomAndTriesAgainOnceKafkaAnswers() throws Exception {
    Scenario scenario = Scenario.steady();
    EventGenerator generator = new EventGenerator(scenario, 0);
    Ledger ledger = ledger();
    LedgerSeconds seconds = new LedgerSeconds(ledger, generator.series());
    try (EventSender sender = paced()) {
      byte[] json = generator.next(0, 0);
      sender.send(generator, json, seconds, 0, 0);
      client.refusals.add(new BufferExhaustedException("no room"));
      sender.send(generator, generator.next(1, 50_000), seconds, 50_000, 50_000);
      assertEquals(2, client.sends);
      sender.send(generator, generator.next(2, 100_000), seconds, 100_000, 100_000);
      assertEquals(2, client.sends, "it tried although nothing had changed");
      assertEquals(new LedgerTotals(3, 0, 2, 0), metrics.totals());
      answer(null);
      sender.send(generator, generator.next(3, 150_000), seconds, 150_000, 150_000);
      assertEquals(3, client.sends);
      answer(null);
    }
    assertEquals(new LedgerTotals(4, 2, 2, 0), metrics.totals());
    assertEquals(2, booked(ledger).stream().mapToLong(LedgerEntry::requests).sum());
  }

  /// As the real one does while it gets no producer id.
  @Test
  void aFlushThatDoesNotComeBackIsNotWaitedForAndTheRestIsUnknown() throws Exception {
    Ledger ledger = ledger();
    EventGenerator generator = new EventGenerator(Scenario.steady(), 0);
    LedgerSeconds seconds = new LedgerSeconds(ledger, generator.series());
    CountDownLatch never = new CountDownLatch(1);
    List<Callback> open = new ArrayList<>();
    Client stuck =
        new Client() {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> message, Callback callback) {
            open.add(callback);
            return new CompletableFuture<>();
          }

          // With the lock, nobody could close it meanwhile.
          @SuppressWarnings("UnsynchronizedOverridesSynchronized")
          @Override
          public synchronized void flush() {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }

          @Override
          public void close(Duration timeout) {
            // From another thread than the sender's, as the client does.
            Thread network =
                Thread.ofPlatform()
                    .start(() ->
                        open.forEach(one -> one.onCompletion(null, new KafkaException("closed"))));
            try {
              network.join();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            open.clear();
          }
        };
    KafkaTarget target = new KafkaTarget(stuck, Duration.ofMillis(200), () -> stopped);
    try (EventSender sender =
        new EventSender(target, metrics, new Figures(), true, () -> stopped)) {
      sender.send(generator, generator.next(0, 0), seconds, 0, 0);
      sender.flush();
      assertEquals(new LedgerTotals(1, 0, 0, 1), metrics.totals());
    }
    never.countDown();
    assertEquals(1, booked(ledger).getFirst().unknown());
  }

  @Test
  void aLineThatIsNoEventGoesToTheDeadLetterQueueWithItsReason() throws Exception {
    try (EventSender sender = patient()) {
      sender.reject(JSON, "is no event", "log:1");
      answer(null);
    }
    ProducerRecord<byte[], byte[]> letter = client.history().getFirst();
    assertEquals(Topics.DEAD_LETTERS, letter.topic());
    assertEquals(
        "is no event",
        new String(
            letter.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + "message").value(),
            StandardCharsets.UTF_8));
    assertEquals(new LedgerTotals(1, 1, 0, 0), metrics.rejects());
    // No row may count it: in the totals it is rejected.
    assertEquals(new LedgerTotals(1, 0, 1, 0, 0), metrics.totals());
  }

  @Test
  void acknowledgementsOfLessThanAllAreRefused() {
    for (Map<String, String> kafka : List.of(Map.of("acks", "0"), Map.of("acks", "1"))) {
      assertThrows(
          IllegalArgumentException.class, () -> SenderSettings.of("localhost:1", kafka, true));
      assertThrows(
          IllegalArgumentException.class, () -> SenderSettings.patient("localhost:1", kafka));
    }
    assertEquals("-1", SenderSettings.patient("localhost:1", Map.of("acks", "-1")).get("acks"));
  }
}
