package dev.millrace.cli;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.ReplayNote;
import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.header.Header;
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

  private record Letter(DeadLetter letter, LetterCheck.Verdict verdict) {
    long bytes() {
      long bytes = length(letter.record().key()) + length(verdict.value());
      for (Header header : letter.record().headers()) {
        bytes += header.key().length() + length(header.value());
      }
      return bytes;
    }

    private static long length(byte[] bytes) {
      return bytes == null ? 0 : bytes.length;
    }
  }

  /// What Kafka has answered to the events of a transaction. The producer's thread and ours tell.
  private static final class Answers {
    private final Set<Integer> partitions = new HashSet<>();
    private int taken;
    private Letter refused;
    private Exception refusal;

    synchronized void add(Letter letter, RecordMetadata where, Exception failure) {
      // Kafka notes that a partition is part of the transaction, and only then looks at the
      // records.
      if (failure == null || (isForGood(failure) && where != null && where.partition() >= 0)) {
        partitions.add(where.partition());
      }
      if (failure == null) {
        taken++;
      } else if (refusal == null) {
        // Those that fail after it fail because of it.
        refusal = failure;
        refused = letter;
      }
    }

    /// Marks that the transaction's end makes.
    synchronized int marks() {
      return partitions.size();
    }

    /// Offsets without an event, once the transaction is aborted.
    synchronized int wasted() {
      return taken + partitions.size();
    }

    /// The letter that Kafka would not have, whoever sends it and when; null if there is none.
    synchronized Letter refused() {
      return isForGood(refusal) ? refused : null;
    }

    private static boolean isForGood(Exception failure) {
      return failure instanceof RecordTooLargeException
          || failure instanceof InvalidRecordException
          || failure instanceof InvalidTimestampException;
    }

    synchronized Exception refusal() {
      return refusal;
    }
  }

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
      throw failure(e, new Answers(), "");
    }
  }

  /// Takes a letter to be sent, and sends those that wait if they are enough for a transaction.
  void add(DeadLetter letter, LetterCheck.Verdict verdict) {
    Letter next = new Letter(letter, verdict);
    waiting.add(next);
    waitingBytes += next.bytes();
    if (waiting.size() >= MOST_LETTERS || waitingBytes >= MOST_BYTES) {
      commit();
    }
  }

  /// Sends those that wait.
  void commit() {
    if (waiting.isEmpty()) {
      return;
    }
    Answers answers = new Answers();
    try {
      producer.beginTransaction();
      send(answers);
      producer.commitTransaction();
    } catch (KafkaException e) {
      throw failure(e, answers, takeBack(answers, e));
    }
    sent += waiting.size();
    waiting.clear();
    waitingBytes = 0;
  }

  private void send(Answers answers) {
    // A new event makes late the old ones that come after it.
    List<Letter> oldestFirst = new ArrayList<>(waiting);
    oldestFirst.sort(Comparator.comparingLong(letter -> letter.verdict().time()));
    for (Letter letter : oldestFirst) {
      var _ = producer.send(event(letter), (where, failure) -> answers.add(letter, where, failure));
    }
    producer.flush();
    if (answers.refusal() != null) {
      throw answers.refusal() instanceof KafkaException known
          ? known
          : new KafkaException(answers.refusal());
    }
    int marks = answers.marks();
    for (Map.Entry<Integer, List<ReplayNote.Letters>> runs : runs().entrySet()) {
      // Where the letters are, so that none of them is kept longer than its note.
      sendNote(runs.getKey(), new ReplayNote(runs.getValue(), marks));
      marks = 0;
    }
  }

  private void sendNote(int partition, ReplayNote note) {
    ProducerRecord<byte[], byte[]> message =
        new ProducerRecord<>(
            Topics.DEAD_LETTERS, partition, null, JsonRecords.REPLAYS.encode(note));
    message.headers().add(ReplayNote.HEADER, new byte[0]);
    // The commit fails if this does.
    var _ = producer.send(message);
  }

  /// Aborts, and notes what that leaves in `requests`: offsets without an event, which would be
  /// missed for good by whoever counts by offsets.
  ///
  /// @return what to tell if that could not be done
  private String takeBack(Answers answers, KafkaException failure) {
    if (isEnded(root(failure))) {
      return "";
    }
    try {
      producer.abortTransaction();
      if (answers.wasted() > 0) {
        producer.beginTransaction();
        sendNote(
            waiting.getFirst().letter().record().partition(),
            new ReplayNote(List.of(), answers.wasted()));
        producer.commitTransaction();
      }
      return "";
    } catch (KafkaException | IllegalStateException e) {
      failure.addSuppressed(e);
      return answers.wasted() == 0
          ? ""
          : " What the attempt has taken of the offsets of "
              + Topics.REQUESTS
              + " could not be noted: demo and page may wait for events that there are not.";
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

  /// Whether another one has begun, and so ended this one.
  private static boolean isEnded(KafkaException cause) {
    return cause instanceof ProducerFencedException
        || cause instanceof InvalidProducerEpochException;
  }

  private static KafkaException root(KafkaException e) {
    KafkaException cause = e;
    while (cause.getCause() instanceof KafkaException deeper) {
      cause = deeper;
    }
    return cause;
  }

  private UserException failure(KafkaException e, Answers answers, String further) {
    String done = Units.count(sent) + " letters were replayed before";
    KafkaException cause = root(e);
    if (isEnded(cause)) {
      return new UserException(
          "another 'millrace dlq replay' has begun meanwhile, and has ended this one; "
              + done
              + ", and none of them will be replayed twice",
          e);
    }
    Letter refused = answers.refused();
    if (refused != null) {
      int partition = refused.letter().record().partition();
      long offset = refused.letter().record().offset();
      return new UserException(
          "Kafka does not take letter %s: %s; %s. To replay the others, leave it out: %d-0..%d %d-%d.. (or let %s have larger records, by its max.message.bytes).%s"
              .formatted(
                  refused.letter().id(),
                  Sentences.sentence(cause),
                  done,
                  partition,
                  Math.max(0, offset - 1),
                  partition,
                  offset + 1,
                  Topics.REQUESTS,
                  further),
          e);
    }
    return new UserException(
        "Kafka did not take a transaction: "
            + Sentences.sentence(cause)
            + "; "
            + done
            + (cause instanceof RetriableException
                ? ". Start it again, and it goes on where it ended: what is in Kafka is not sent"
                    + " twice."
                : ".")
            + further,
        e);
  }

  /// A transaction that is open is aborted: by this, or by whoever begins next.
  @Override
  public void close() {
    producer.close(CLOSE_PATIENCE);
  }
}
