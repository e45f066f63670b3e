package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.WindowStore;

/// The route windows as Kafka Streams' documentation teaches to make them: group, window,
/// aggregate; JSON by databind everywhere, the default store (RocksDB) and the default settings.
/// Its rows are Millrace's, percentiles and histogram included, but there are none for services and
/// for the total, and no longer windows.
final class TextbookTopology implements Supplier<Topology> {
  static final Duration WINDOW = Duration.ofSeconds(1);

  /// Longer than any backlog is in event time: partitions are not read evenly, and nobody shall be
  /// quick by dropping events.
  static final Duration GRACE = Duration.ofHours(1);

  private static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private final String input;
  private final String output;

  TextbookTopology(String input, String output) {
    this.input = input;
    this.output = output;
  }

  /// What of an event is needed, as databind maps it.
  record Event(
      @JsonProperty("time") long time,
      @JsonProperty("service") String service,
      @JsonProperty("route") String route,
      @JsonProperty("status") int status,
      @JsonProperty("duration_us") Long durationUs,
      @JsonProperty("bytes") long bytes) {
    String key() {
      return new Series(service, route).key();
    }
  }

  /// A window so far.
  record Aggregate(
      @JsonProperty("requests") long requests,
      @JsonProperty("errors") long errors,
      @JsonProperty("client_errors") long clientErrors,
      @JsonProperty("bytes") long bytes,
      @JsonProperty("duration_sum_us") long durationSumUs,
      @JsonProperty("duration_max_us") long durationMaxUs,
      @JsonProperty("histogram") ExponentialHistogram histogram) {
    static Aggregate empty() {
      return new Aggregate(0, 0, 0, 0, 0, 0, new LatencySketch().histogram());
    }

    Aggregate add(Event event) {
      LatencySketch sketch = new LatencySketch(histogram);
      long durationUs = 0;
      if (event.durationUs() != null) {
        durationUs = event.durationUs();
        sketch.add(durationUs);
      }
      return new Aggregate(
          requests + 1,
          errors + (RequestEvent.isError(event.status()) ? 1 : 0),
          clientErrors + (RequestEvent.isClientError(event.status()) ? 1 : 0),
          bytes + event.bytes(),
          durationSumUs + durationUs,
          Math.max(durationMaxUs, durationUs),
          sketch.histogram());
    }

    WindowSummary summary(long startMs, Series series) {
      LatencySketch sketch = new LatencySketch(histogram);
      boolean timed = sketch.count() > 0;
      return new WindowSummary(
          startMs,
          WINDOW.toMillis(),
          series.service(),
          series.route(),
          requests,
          errors,
          clientErrors,
          bytes,
          requests * 1000.0 / WINDOW.toMillis(),
          timed ? sketch.stats(durationSumUs, durationMaxUs) : null,
          timed ? histogram : null,
          0,
          0,
          false);
    }
  }

  @Override
  public Topology get() {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(input, Consumed.with(Serdes.String(), json(Event.class)))
        .groupBy((none, event) -> event.key(), Grouped.with(Serdes.String(), json(Event.class)))
        .windowedBy(TimeWindows.ofSizeAndGrace(WINDOW, GRACE))
        .aggregate(
            Aggregate::empty,
            (series, event, aggregate) -> aggregate.add(event),
            Materialized.<String, Aggregate, WindowStore<Bytes, byte[]>>as("windows")
                .withKeySerde(Serdes.String())
                .withValueSerde(json(Aggregate.class)))
        .toStream()
        .map((window, aggregate) ->
            KeyValue.pair(
                window.key(),
                aggregate.summary(window.window().start(), Series.parse(window.key()))))
        .to(output, Produced.with(Serdes.String(), json(WindowSummary.class)));
    return builder.build();
  }

  /// What the documentation would have one set, and as many threads as Millrace has.
  static Map<String, Object> settings() {
    return Map.of(
        StreamsConfig.NUM_STREAM_THREADS_CONFIG,
        2,
        StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
        StreamsConfig.EXACTLY_ONCE_V2,
        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
        "earliest");
  }

  private static <T> Serde<T> json(Class<T> type) {
    ObjectReader reader = MAPPER.readerFor(type);
    ObjectWriter writer = MAPPER.writerFor(type);
    return Serdes.serdeFrom(
        (topic, value) -> {
          try {
            return value == null ? null : writer.writeValueAsBytes(value);
          } catch (IOException e) {
            throw new SerializationException("cannot be written: " + type, e);
          }
        },
        (topic, bytes) -> {
          try {
            return bytes == null ? null : reader.readValue(bytes);
          } catch (IOException e) {
            throw new SerializationException("cannot be read: " + type, e);
          }
        });
  }
}
