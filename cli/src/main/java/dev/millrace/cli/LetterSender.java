package dev.millrace.cli;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.ReplayNote;
import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Sends dead letters to `requests` again, in small transactions, each of which also has the note
/// of what it sends. So a letter is there exactly if the note is, whatever is killed and when. Not
/// thread-safe.
final class LetterSender implements AutoCloseable {
  /// The same for all: who begins has Kafka abort what another one has open, and fences it.
  private static final String TRANSACTIONAL_ID = "millrace-dlq-replay";

  // Processors read no further than the oldest open transaction: it must be over soon.
  private static final int MOST_LETTERS = 500;
  private static final int MOST_BYTES = 1 << 20;

  /// How long the processors wait at most for what a killed sender has left open, but for Kafka's
  /// own interval of looking for such.
  private static final int TRANSACTION_TIMEOUT_MS = 10_000;

  private static final int DELIVERY_TIMEOUT_MS = 8_000;
  private static final int REQUEST_TIMEOUT_MS = 4_000;
  private static final int MAX_BLOCK_MS = 15_000;
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);

  private record Letter(DeadLetter letter, LetterCheck.Verdict verdict) {}

  private final KafkaProducer<byte[], byte[]> producer;
  private final List<Letter> waiting = new ArrayList<>();
  private long waitingBytes;
  private long sent;

  /// Begins, once what another sender has left open is aborted.
  ///
  /// @param kafka settings of Kafka's clients
  LetterSender(String bootstrapServers, Map<String, String> kafka) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MS);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MS);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MS);
    // What --unchecked sends may be as large as a letter.
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 4 << 20);
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    try {
      producer.initTransactions();
    } catch (KafkaException e) {
      producer.close(CLOSE_PATIENCE);
      throw failure(e);
    }
  }

  /// Takes a letter to be sent, and sends those that wait if they are enough for a transaction.
  void add(DeadLetter letter, LetterCheck.Verdict verdict) {
    waiting.add(new Letter(letter, verdict));
    waitingBytes += verdict.value() == null ? 0 : verdict.value().length;
    if (waiting.size() >= MOST_LETTERS || waitingBytes >= MOST_BYTES) {
      commit();
    }
  }

  /// Sends those that wait.
  void commit() {
    if (waiting.isEmpty()) {
      return;
    }
    try {
      producer.beginTransaction();
      send();
      producer.commitTransaction();
    } catch (KafkaException e) {
      throw failure(e);
    }
    sent += waiting.size();
    waiting.clear();
    waitingBytes = 0;
  }

  private void send() {
    List<Future<RecordMetadata>> answers = new ArrayList<>();
    for (Letter letter : waiting) {
      answers.add(producer.send(event(letter)));
    }
    producer.flush();
    Set<Integer> partitions = new HashSet<>();
    for (Future<RecordMetadata> answer : answers) {
      partitions.add(get(answer).partition());
    }
    int marks = partitions.size();
    for (Map.Entry<Integer, List<ReplayNote.Letters>> runs : runs().entrySet()) {
      // Where the letters are, so that none of them is kept longer than its note.
      ProducerRecord<byte[], byte[]> note =
          new ProducerRecord<>(
              Topics.DEAD_LETTERS,
              runs.getKey(),
              null,
              JsonRecords.REPLAYS.encode(new ReplayNote(runs.getValue(), marks)));
      note.headers().add(ReplayNote.HEADER, new byte[0]);
      // The commit fails if this does.
      var _ = producer.send(note);
      marks = 0;
    }
  }

  private static RecordMetadata get(Future<RecordMetadata> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException known
          ? known
          : new KafkaException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserException("interrupted", e);
    }
  }

  private static ProducerRecord<byte[], byte[]> event(Letter waiting) {
    DeadLetter letter = waiting.letter();
    ProducerRecord<byte[], byte[]> event =
        new ProducerRecord<>(
            Topics.REQUESTS,
            null,
            waiting.verdict().time(),
            letter.record().key(),
            waiting.verdict().value());
    letter
        .record()
        .headers()
        .forEach(header -> {
          if (!header.key().startsWith(Topics.DEAD_LETTER_HEADERS)
              && !header.key().equals(Topics.LETTER_HEADER)) {
            event.headers().add(header);
          }
        });
    event.headers().add(Topics.LETTER_HEADER, letter.id().getBytes(StandardCharsets.UTF_8));
    return event;
  }

  /// The waiting letters by partition, those in a row put together.
  private Map<Integer, List<ReplayNote.Letters>> runs() {
    Map<Integer, List<ReplayNote.Letters>> all = new TreeMap<>();
    for (Letter letter : waiting) {
      int partition = letter.letter().record().partition();
      long offset = letter.letter().record().offset();
      List<ReplayNote.Letters> runs = all.computeIfAbsent(partition, none -> new ArrayList<>());
      ReplayNote.Letters last = runs.isEmpty() ? null : runs.getLast();
      if (last != null && last.to() + 1 == offset) {
        runs.set(runs.size() - 1, new ReplayNote.Letters(partition, last.from(), offset));
      } else {
        runs.add(new ReplayNote.Letters(partition, offset, offset));
      }
    }
    return all;
  }

  /// How many letters are in `requests` for good.
  long sent() {
    return sent;
  }

  private UserException failure(KafkaException e) {
    String done = Units.count(sent) + " letters were replayed before";
    if (e instanceof ProducerFencedException || e instanceof InvalidProducerEpochException) {
      return new UserException(
          "another 'millrace dlq replay' has begun meanwhile, and has ended this one; "
              + done
              + ", and none of them will be replayed twice",
          e);
    }
    if (e instanceof RecordTooLargeException) {
      return new UserException(
          "one of the letters is larger than "
              + Topics.REQUESTS
              + " takes (max.message.bytes): leave it out, by --reason or a range; "
              + done,
          e);
    }
    return new UserException(
        "Kafka did not take a transaction: "
            + Sentences.sentence(e)
            + "; "
            + done
            + ". Start it again, and it goes on where it ended: what is in Kafka is not sent twice.",
        e);
  }

  /// A transaction that is open is aborted: by this, or by whoever begins next.
  @Override
  public void close() {
    producer.close(CLOSE_PATIENCE);
  }
}
