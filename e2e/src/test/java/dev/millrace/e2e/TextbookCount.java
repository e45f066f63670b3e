package dev.millrace.e2e;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.Stores;

/// Events by route and second, counted as the textbook does it: with Kafka Streams' own windows,
/// which wait for a day.
final class TextbookCount implements AutoCloseable {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration DAY = Duration.ofDays(1);

  private final Map<String, Long> counts = new ConcurrentSkipListMap<>();
  private final KafkaStreams streams;

  TextbookCount(String bootstrapServers, Path state) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "textbook");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    streams = new KafkaStreams(topology(), settings);
    streams.start();
  }

  private Topology topology() {
    RequestEventCodec codec = new RequestEventCodec();
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(Topics.REQUESTS, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .flatMap((key, value) -> series(codec, value))
        .groupByKey(Grouped.with("by-series", Serdes.String(), Serdes.ByteArray()))
        .windowedBy(TimeWindows.ofSizeAndGrace(SECOND, DAY))
        .count(
            Materialized.<String, Long>as(
                    Stores.inMemoryWindowStore("counts", DAY.plus(SECOND), SECOND, false))
                .withKeySerde(Serdes.String())
                .withValueSerde(Serdes.Long()))
        .toStream()
        .foreach((window, count) ->
            counts.put(Results.name(window.window().start(), Series.parse(window.key())), count));
    return builder.build();
  }

  private static List<KeyValue<String, byte[]>> series(RequestEventCodec codec, byte[] event) {
    try {
      return List.of(KeyValue.pair(codec.decode(event).series().key(), new byte[0]));
    } catch (InvalidEventException e) {
      return List.of();
    }
  }

  /// The counts so far, by [Results#name].
  Map<String, Long> counts() {
    return counts;
  }

  @Override
  public void close() {
    streams.close(Duration.ofSeconds(10));
  }
}
