package dev.millrace.benchmarks;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.Stores;

/// The same rows as [TextbookTopology] makes, still in the DSL, as quick as we could make it:
/// events are parsed as a stream, some seven bytes of each go through the repartition topic,
/// aggregates are changed in place, the store is in memory behind a large cache, and batches are
/// large.
final class TunedTopology implements Supplier<Topology> {
  private final String input;
  private final String output;

  TunedTopology(String input, String output) {
    this.input = input;
    this.output = output;
  }

  @Override
  public Topology get() {
    RequestEventCodec codec = new RequestEventCodec();
    Serde<TunedMeasurement> measurements =
        serde(TunedMeasurement::encode, TunedMeasurement::decode);
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(input, Consumed.with(Serdes.ByteArray(), serde(codec::encode, codec::decode)))
        .map(
            (none, event) -> KeyValue.pair(event.series().key(), TunedMeasurement.of(event)),
            Named.as("measure"))
        .groupByKey(Grouped.with("by-series", Serdes.String(), measurements))
        .windowedBy(TimeWindows.ofSizeAndGrace(TextbookTopology.WINDOW, TextbookTopology.GRACE))
        .aggregate(
            TunedAggregate::new,
            (series, event, aggregate) -> aggregate.add(event),
            Materialized.<String, TunedAggregate>as(
                    Stores.inMemoryWindowStore(
                        "windows",
                        TextbookTopology.GRACE.plus(TextbookTopology.WINDOW),
                        TextbookTopology.WINDOW,
                        false))
                .withKeySerde(Serdes.String())
                .withValueSerde(serde(TunedAggregate::bytes, TunedAggregate::new))
                .withCachingEnabled())
        .toStream()
        .map((window, aggregate) ->
            KeyValue.pair(
                window.key(),
                aggregate.summary(window.window().start(), Series.parse(window.key()))))
        .to(output, Produced.with(Serdes.String(), summaries()));
    return builder.build();
  }

  private static Serde<WindowSummary> summaries() {
    // Only written.
    return serde(JsonRecords.WINDOWS::encode, bytes -> null);
  }

  /// Larger batches and buffers, and fewer commits, than the defaults; each commit of a transaction
  /// holds up what waits in the repartition topic.
  static Map<String, Object> settings() {
    Map<String, Object> settings = new HashMap<>(TextbookTopology.settings());
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 500);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
    settings.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, 1 << 20);
    settings.put(ConsumerConfig.CHECK_CRCS_CONFIG, false);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 50);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 512 << 10);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 128L << 20);
    return settings;
  }

  /// No bytes are no value, and the other way round.
  private static <T> Serde<T> serde(Function<T, byte[]> write, Function<byte[], T> read) {
    return Serdes.serdeFrom(
        (topic, value) -> value == null ? null : write.apply(value),
        (topic, bytes) -> bytes == null ? null : read.apply(bytes));
  }
}
