package dev.millrace.loadgen;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
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

  /// Reads the topic of raw events from its beginning to where it ends now.
  ///
  /// @param kafka further consumer settings, passed through as they are
  /// @return exact counts of all valid events; the totals count them as acknowledged and the
  ///   invalid ones as failed
  public static LedgerFile read(String bootstrapServers, Map<String, String> kafka) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.REQUESTS).stream()
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Counts counts = new Counts();
      long lastMove = System.nanoTime();
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> event : consumer.poll(POLL)) {
          lastMove = System.nanoTime();
          if (event.offset() < ends.get(new TopicPartition(event.topic(), event.partition()))) {
            counts.add(event.value());
          }
        }
        if (System.nanoTime() - lastMove > PATIENCE.toNanos()) {
          throw new IllegalStateException(
              "Kafka has sent nothing for "
                  + PATIENCE.toSeconds()
                  + " s though the topic "
                  + Topics.REQUESTS
                  + " goes on");
        }
      }
      return counts.ledger();
    }
  }

  private static final class Counts {
    private final RequestEventCodec codec = new RequestEventCodec();
    private final TreeMap<Long, Map<Series, LedgerCell>> cells = new TreeMap<>();
    private long valid;
    private long invalid;

    void add(byte[] json) {
      try {
        RequestEvent event = decode(json);
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
