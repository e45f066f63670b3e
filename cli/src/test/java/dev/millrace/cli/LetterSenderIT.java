package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Topics;
import dev.millrace.sink.LeftoverCounts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
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
    assertOffsetsAreAccountedFor();
  }

  /// What the books say is in `requests`, when offsets are all they can ask for.
  private void assertOffsetsAreAccountedFor() {
    try (Admin admin = ContractTopics.admin(broker.bootstrapServers(), Map.of());
        LeftoverCounts leftovers =
            new LeftoverCounts(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      assertTrue(leftovers.read(Duration.ofMinutes(1)));
      assertEquals(LETTERS, leftovers.deadLettered());
      assertEquals(0, leftovers.rejected());
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
      assertTrue(leftovers.marks() > 0);
      assertEquals(LETTERS, ends - leftovers.marks());
    }
  }
}
