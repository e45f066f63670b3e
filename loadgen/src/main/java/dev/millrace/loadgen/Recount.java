package dev.millrace.loadgen;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// A ledger made after the fact, from the raw events that Kafka holds: for a run whose sender was
/// killed, and for a topic that others have written to. It reads with a plain consumer and counts
/// with no window, no store and no sketch, so that it shares as little as can be with what it
/// judges.
public final class Recount {
  private static final Duration POLL = Duration.ofMillis(500);

  /// With nothing to be had for this long, Kafka is away.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Recount() {}

  /// Where an event stands.
  private record Place(int partition, long offset) {}

  /// Reads the topic of raw events from its beginning to where it ends now. What was too far ahead
  /// of the clock when the processor read it is a dead letter for good, but looks valid later: an
  /// event is invalid too if it is younger than its letter in the queue.
  ///
  /// @param kafka further consumer settings, passed through as they are
  /// @return exact counts of all valid events; the totals count them as acknowledged and the
  ///   invalid ones as failed
  public static LedgerFile read(String bootstrapServers, Map<String, String> kafka) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      Map<Place, Long> deadSince = new HashMap<>();
      readAll(
          consumer,
          Topics.DEAD_LETTERS,
          letter ->
              origin(letter).ifPresent(place -> deadSince.putIfAbsent(place, letter.timestamp())));
      Counts counts = new Counts();
      readAll(
          consumer,
          Topics.REQUESTS,
          event ->
              counts.add(
                  event.value(),
                  deadSince.getOrDefault(
                      new Place(event.partition(), event.offset()), Long.MAX_VALUE)));
      return counts.ledger();
    }
  }

  private static void readAll(
      KafkaConsumer<byte[], byte[]> consumer,
      String topic,
      Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    List<PartitionInfo> found = consumer.partitionsFor(topic);
    if (found == null || found.isEmpty()) {
      throw new IllegalStateException("topic " + topic + " is missing");
    }
    List<TopicPartition> partitions =
        found.stream()
            .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    long lastMove = System.nanoTime();
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        lastMove = System.nanoTime();
        if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
          reader.accept(record);
        }
      }
      if (System.nanoTime() - lastMove > PATIENCE.toNanos()) {
        throw new IllegalStateException(
            "Kafka has sent nothing for "
                + PATIENCE.toSeconds()
                + " s though the topic "
                + topic
                + " goes on");
      }
    }
  }

  /// Where an event stood that has become a dead letter, if it came from the raw events.
  private static Optional<Place> origin(ConsumerRecord<byte[], byte[]> letter) {
    if (!error(letter, "topic").equals(Optional.of(Topics.REQUESTS))) {
      return Optional.empty();
    }
    try {
      return error(letter, "partition")
          .flatMap(partition ->
              error(letter, "offset")
                  .map(offset -> new Place(Integer.parseInt(partition), Long.parseLong(offset))));
    } catch (NumberFormatException _) {
      // No letter of the processor's: anybody may write there.
      return Optional.empty();
    }
  }

  private static Optional<String> error(ConsumerRecord<byte[], byte[]> letter, String name) {
    return Optional.ofNullable(letter.headers().lastHeader(Topics.DEAD_LETTER_HEADERS + name))
        .map(Header::value)
        .map(value -> new String(value, StandardCharsets.UTF_8));
  }

  private static final class Counts {
    private final RequestEventCodec codec = new RequestEventCodec();
    private final TreeMap<Long, Map<Series, LedgerCell>> cells = new TreeMap<>();
    private long valid;
    private long invalid;

    void add(byte[] json, long deadSince) {
      try {
        RequestEvent event = decode(json);
        if (event.time() > deadSince) {
          invalid++;
          return;
        }
        long second = Math.floorDiv(event.time(), 1000L) * 1000;
        cells
            .computeIfAbsent(second, at -> new HashMap<>())
            .computeIfAbsent(event.series(), series -> new LedgerCell(second, series))
            .count(event);
        valid++;
      } catch (InvalidEventException e) {
        invalid++;
      }
    }

    private RequestEvent decode(byte[] json) {
      if (json == null) {
        throw new InvalidEventException("record has no value");
      }
      return codec.decode(json);
    }

    LedgerFile ledger() {
      List<LedgerEntry> entries =
          cells.values().stream()
              .flatMap(second -> second.values().stream())
              .map(LedgerCell::entry)
              .toList();
      return new LedgerFile(
          entries, Optional.of(new LedgerTotals(valid + invalid, valid, invalid, 0)));
    }
  }
}
