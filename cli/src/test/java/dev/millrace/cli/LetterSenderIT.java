package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.ReplayNote;
import dev.millrace.events.Topics;
import dev.millrace.sink.LeftoverCounts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What two senders, or one that was stopped in the middle, leave in Kafka.
class LetterSenderIT {
  private static final int LETTERS = 1_200;

  @TempDir private Path folder;

  private final LetterSelection all = new LetterSelection();
  private EmbeddedBroker broker;

  @BeforeEach
  void start() {
    broker = EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), 0));
    try (Admin admin = ContractTopics.admin(broker.bootstrapServers(), Map.of());
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      ContractTopics.create(admin, 2, Optional.empty());
      for (int i = 0; i < LETTERS; i++) {
        ProducerRecord<byte[], byte[]> letter =
            new ProducerRecord<>(Topics.DEAD_LETTERS, bytes("letter " + i));
        letter.headers().add(Topics.DEAD_LETTER_HEADERS + "message", bytes("reason"));
        letter.headers().add(Topics.DEAD_LETTER_HEADERS + "topic", bytes(Topics.REQUESTS));
        var _ = producer.send(letter);
      }
    }
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private LetterSender sender() {
    return new LetterSender(broker.bootstrapServers(), Map.of());
  }

  private DeadLetterQueue queue() {
    return new DeadLetterQueue(broker.bootstrapServers(), Map.of());
  }

  private static LetterCheck.Verdict asItIs(DeadLetter letter) {
    return new LetterCheck.Verdict(LetterCheck.Fate.READY, "", letter.value(), 1);
  }

  @Test
  void theOneThatBeginsLaterEndsTheFirstAndKnowsWhatItHasDone() {
    all.check(Instant.EPOCH);
    try (DeadLetterQueue queue = queue();
        LetterSender first = sender()) {
      queue.read(
          all,
          letter -> {
            first.add(letter, asItIs(letter));
            return letter.record().offset() < 700;
          });
      // 500 are committed, 200 wait.
      assertEquals(500, first.sent());
      Set<Long> sentAgain = new HashSet<>();
      try (LetterSender second = sender()) {
        queue.readNotes();
        queue.read(
            all,
            letter -> {
              if (!queue.replayed().contains(letter)) {
                second.add(letter, asItIs(letter));
                sentAgain.add(letter.record().offset());
              }
              return true;
            });
        UserException fenced = assertThrows(UserException.class, first::commit);
        assertTrue(
            fenced.getMessage().contains("another 'millrace dlq replay' has begun"),
            fenced.getMessage());
        second.commit();
      }
      assertEquals(LETTERS - 500, sentAgain.size());
    }
    try (DeadLetterQueue after = queue()) {
      after.readNotes();
      int[] replayed = {0};
      after.read(
          all,
          letter -> {
            replayed[0] += after.replayed().contains(letter) ? 1 : 0;
            return true;
          });
      assertEquals(LETTERS, replayed[0], "notes are no letters, and name all of them");
    }
    assertOffsetsAreAccountedFor(LETTERS);
  }

  @Test
  void aNoteBehindAnOpenTransactionIsNotMissed() throws Exception {
    all.check(Instant.EPOCH);
    try (KafkaProducer<byte[], byte[]> processor =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", "processor"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      processor.initTransactions();
      processor.beginTransaction();
      // What a transaction that is aborted says is not true.
      ProducerRecord<byte[], byte[]> note =
          new ProducerRecord<>(
              Topics.DEAD_LETTERS,
              JsonRecords.REPLAYS.encode(
                  new ReplayNote(List.of(new ReplayNote.Letters(0, 0, LETTERS)), 1_000)));
      note.headers().add(ReplayNote.HEADER, new byte[0]);
      processor.send(note).get();
      try (DeadLetterQueue queue = queue();
          LetterSender sender = sender()) {
        queue.read(
            all,
            letter -> {
              sender.add(letter, asItIs(letter));
              return sender.sent() == 0;
            });
      }
      try (DeadLetterQueue queue = queue();
          LetterSender _ = sender()) {
        UserException open =
            assertThrows(UserException.class, () -> queue.readAllNotes(Duration.ofMillis(1)));
        assertTrue(open.getMessage().contains("a transaction that somebody"), open.getMessage());
        processor.abortTransaction();
        queue.readAllNotes();
        int[] replayed = {0};
        queue.read(
            all,
            letter -> {
              replayed[0] += queue.replayed().contains(letter) ? 1 : 0;
              return true;
            });
        assertEquals(500, replayed[0]);
      }
    }
  }

  @Test
  void aLetterThatKafkaRefusesIsNamedAndTheBooksHold() throws Exception {
    all.check(Instant.EPOCH);
    byte[] large = new byte[1_200_000];
    new Random(1).nextBytes(large);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "max.request.size", 4 << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(Topics.DEAD_LETTERS, large);
      letter.headers().add(Topics.DEAD_LETTER_HEADERS + "message", bytes("reason"));
      letter.headers().add(Topics.DEAD_LETTER_HEADERS + "topic", bytes(Topics.REQUESTS));
      producer.send(letter).get();
    }
    // Among others, and alone.
    assertRefused(1_000);
    assertRefused(LETTERS);
    try (DeadLetterQueue queue = queue();
        LetterSender sender = sender()) {
      queue.read(
          all,
          letter -> {
            if (letter.record().offset() < LETTERS) {
              sender.add(letter, asItIs(letter));
            }
            return true;
          });
      sender.commit();
    }
    assertOffsetsAreAccountedFor(LETTERS + 1);
  }

  private void assertRefused(long from) {
    try (DeadLetterQueue queue = queue();
        LetterSender sender = sender()) {
      UserException refusal =
          assertThrows(
              UserException.class,
              () ->
                  queue.read(
                      LetterSelection.of(new LetterRange(0, from, LETTERS)),
                      letter -> {
                        sender.add(letter, asItIs(letter));
                        return true;
                      }));
      assertTrue(
          refusal.getMessage().startsWith("Kafka does not take letter 0-1200: "),
          refusal.getMessage());
      assertTrue(refusal.getMessage().contains("0-0..1199 0-1201.."), refusal.getMessage());
      assertFalse(refusal.getMessage().contains("Start it again"), refusal.getMessage());
    }
  }

  /// What the books say is in `requests`, when offsets are all they can ask for.
  private void assertOffsetsAreAccountedFor(int letters) {
    try (Admin admin = ContractTopics.admin(broker.bootstrapServers(), Map.of());
        LeftoverCounts leftovers =
            new LeftoverCounts(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      assertTrue(leftovers.read(Duration.ofMinutes(1)));
      assertEquals(letters, leftovers.deadLettered());
      assertEquals(0, leftovers.rejected());
      // Kafka may write the marks of a transaction a little after it has said that it is over.
      long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
      while (ends(admin) - leftovers.marks() != LETTERS && System.nanoTime() < deadline) {
        assertTrue(leftovers.read(Duration.ofMinutes(1)));
      }
      assertTrue(leftovers.marks() > 0);
      assertEquals(LETTERS, ends(admin) - leftovers.marks());
    }
  }

  private static long ends(Admin admin) {
    long ends = 0;
    for (int partition = 0; partition < 2; partition++) {
      TopicPartition one = new TopicPartition(Topics.REQUESTS, partition);
      ends +=
          admin
              .listOffsets(Map.of(one, OffsetSpec.latest()))
              .partitionResult(one)
              .toCompletionStage()
              .toCompletableFuture()
              .join()
              .offset();
    }
    return ends;
  }
}
