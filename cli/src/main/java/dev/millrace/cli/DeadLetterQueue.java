package dev.millrace.cli;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.ReplayNote;
import dev.millrace.events.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads the dead letter queue to where it ended at first, as often as asked. Not thread-safe.
final class DeadLetterQueue implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  /// With nothing to be had for this long, Kafka is away.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> starts;
  private final Map<TopicPartition, Long> ends;
  private final Map<TopicPartition, Long> notesRead = new HashMap<>();
  private final ReplayedLetters replayed = new ReplayedLetters();

  /// @param kafka settings of Kafka's clients
  /// @throws UserException if there is no such topic
  DeadLetterQueue(String bootstrapServers, Map<String, String> kafka) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    // What is in a transaction that is not over has not happened.
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
      List<PartitionInfo> found = consumer.partitionsFor(Topics.DEAD_LETTERS);
      if (found == null || found.isEmpty()) {
        throw new UserException(
            "topic " + Topics.DEAD_LETTERS + " is missing. Make it with 'millrace topics create'.");
      }
      List<TopicPartition> partitions =
          found.stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList();
      consumer.assign(partitions);
      starts = consumer.beginningOffsets(partitions);
      ends = consumer.endOffsets(partitions);
      notesRead.putAll(starts);
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /// Finds out which letters were replayed, as of now.
  void readNotes() {
    Map<TopicPartition, Long> now = consumer.endOffsets(ends.keySet());
    scan(
        Map.copyOf(notesRead),
        now,
        record -> {
          if (DeadLetter.isNote(record)) {
            replayed.add(note(record));
          }
          return true;
        });
    notesRead.putAll(now);
  }

  private static ReplayNote note(ConsumerRecord<byte[], byte[]> record) {
    try {
      return JsonRecords.REPLAYS.decode(record.value());
    } catch (IOException | IllegalArgumentException e) {
      // To go on would be to replay what may have been replayed.
      throw new UserException(
          "%s %d-%d has the header %s and is no note of a replay: %s. Somebody else has written it; without it, nothing says what was replayed."
              .formatted(
                  Topics.DEAD_LETTERS,
                  record.partition(),
                  record.offset(),
                  ReplayNote.HEADER,
                  Sentences.sentence(e)),
          e);
    }
  }

  /// As of the last [#readNotes].
  ReplayedLetters replayed() {
    return replayed;
  }

  /// Reads the selected letters, oldest first in each partition, up to where the queue ended when
  /// it was opened.
  ///
  /// @param reader takes a letter, and says whether to go on
  void read(LetterSelection selection, Predicate<DeadLetter> reader) {
    Map<TopicPartition, Long> from = new HashMap<>();
    Map<TopicPartition, Long> to = new HashMap<>();
    ends.forEach((partition, end) -> {
      long last = selection.last(partition.partition());
      long limit = last < end ? last + 1 : end;
      long first = Math.max(starts.get(partition), selection.first(partition.partition()));
      if (first < limit) {
        from.put(partition, first);
        to.put(partition, limit);
      }
    });
    scan(
        from,
        to,
        record -> {
          DeadLetter letter = new DeadLetter(record);
          return DeadLetter.isNote(record) || !selection.matches(letter) || reader.test(letter);
        });
  }

  /// How many offsets there are, at most as many letters.
  long size() {
    return ends.entrySet().stream()
        .mapToLong(end -> end.getValue() - starts.get(end.getKey()))
        .sum();
  }

  private void scan(
      Map<TopicPartition, Long> from,
      Map<TopicPartition, Long> to,
      Predicate<ConsumerRecord<byte[], byte[]>> reader) {
    consumer.assign(to.keySet());
    from.forEach(consumer::seek);
    long lastMove = System.nanoTime();
    while (to.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        lastMove = System.nanoTime();
        if (record.offset() < to.get(new TopicPartition(record.topic(), record.partition()))
            && !reader.test(record)) {
          return;
        }
      }
      if (System.nanoTime() - lastMove > PATIENCE.toNanos()) {
        throw new UserException(
            "Kafka has sent nothing of "
                + Topics.DEAD_LETTERS
                + " for "
                + PATIENCE.toSeconds()
                + " s though there is more; is it away?");
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
