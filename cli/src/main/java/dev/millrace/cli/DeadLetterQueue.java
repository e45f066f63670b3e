package dev.millrace.cli;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.ReplayNote;
import dev.millrace.events.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// Reads the dead letter queue to where it ended at first, as often as asked. Not thread-safe.
final class DeadLetterQueue implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  /// With nothing to be had for this long, Kafka is away.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String bootstrapServers;
  private final Map<String, String> kafka;
  private final BooleanSupplier isStopped;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> starts;
  private final Map<TopicPartition, Long> ends;
  private final Map<TopicPartition, Long> notesRead = new HashMap<>();
  private final ReplayedLetters replayed = new ReplayedLetters();
  private Optional<String> badNote = Optional.empty();

  /// @param kafka settings of Kafka's clients
  /// @throws UserException if there is no such topic
  DeadLetterQueue(String bootstrapServers, Map<String, String> kafka) {
    this(bootstrapServers, kafka, () -> false);
  }

  /// @param isStopped whether to stop reading, which is asked between any two lots of records
  DeadLetterQueue(String bootstrapServers, Map<String, String> kafka, BooleanSupplier isStopped) {
    this.bootstrapServers = bootstrapServers;
    this.kafka = kafka;
    this.isStopped = isStopped;
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

  /// Finds out which letters were replayed, up to where the oldest open transaction begins: a note
  /// behind that is not seen.
  void readNotes() {
    readNotes(consumer.endOffsets(ends.keySet()), PATIENCE);
  }

  /// Finds out which letters were replayed, up to now. A processor may have a transaction open in
  /// which there is a dead letter; notes that were committed behind it can be read once it is over.
  ///
  /// @throws UserException if it is not over within half a minute
  void readAllNotes() {
    readAllNotes(PATIENCE);
  }

  /// @param patience for transactions that are open
  void readAllNotes(Duration patience) {
    readNotes(writtenEnds(), patience);
  }

  private void readNotes(Map<TopicPartition, Long> now, Duration patience) {
    scan(
        Map.copyOf(notesRead),
        now,
        patience,
        record -> {
          if (DeadLetter.isNote(record)) {
            take(record);
          }
          return true;
        });
    notesRead.putAll(now);
  }

  /// Where the partitions end, what is in open transactions included.
  private Map<TopicPartition, Long> writtenEnds() {
    Collection<TopicPartition> partitions = ends.keySet();
    try (Admin admin = ContractTopics.admin(bootstrapServers, kafka)) {
      return admin
          .listOffsets(
              partitions.stream()
                  .collect(Collectors.toMap(partition -> partition, _ -> OffsetSpec.latest())),
              new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
          .all()
          .get()
          .entrySet()
          .stream()
          .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset()));
    } catch (ExecutionException e) {
      throw new UserException(
          "could not ask Kafka where "
              + Topics.DEAD_LETTERS
              + " ends: "
              + Sentences.sentence(e.getCause()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserException("interrupted", e);
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    try {
      ReplayNote note = JsonRecords.REPLAYS.decode(record.value());
      if (note == null) {
        throw new IllegalArgumentException("it is null");
      }
      replayed.add(note);
    } catch (IOException | IllegalArgumentException e) {
      if (badNote.isEmpty()) {
        badNote =
            Optional.of(
                "%s %d-%d has the header %s and is no note of a replay: %s. Somebody else has written it; without it, nothing says what was replayed."
                    .formatted(
                        Topics.DEAD_LETTERS,
                        record.partition(),
                        record.offset(),
                        ReplayNote.HEADER,
                        Sentences.sentence(e)));
      }
    }
  }

  /// What is wrong with the first note that was read and is none. Then nobody knows for sure what
  /// was replayed.
  Optional<String> badNote() {
    return badNote;
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
        PATIENCE,
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
      Duration patience,
      Predicate<ConsumerRecord<byte[], byte[]>> reader) {
    consumer.assign(to.keySet());
    from.forEach(consumer::seek);
    long lastMove = System.nanoTime();
    while (to.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      if (isStopped.getAsBoolean()) {
        return;
      }
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        lastMove = System.nanoTime();
        if (record.offset() < to.get(new TopicPartition(record.topic(), record.partition()))
            && !reader.test(record)) {
          return;
        }
      }
      if (System.nanoTime() - lastMove > patience.toNanos()) {
        throw new UserException(
            "Kafka has sent nothing of "
                + Topics.DEAD_LETTERS
                + " for "
                + patience.toSeconds()
                + " s though there is more: it is away, or a transaction that somebody has open"
                + " there does not end, so that nobody can read what is behind it ('millrace"
                + " doctor' names such). Try again");
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
