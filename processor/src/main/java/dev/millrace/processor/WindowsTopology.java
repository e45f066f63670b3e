package dev.millrace.processor;

import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/// Raw events to window rows. Combine adds up each partition's events where it reads them; what
/// goes through a repartition topic is sums, a few a second and series; merge makes windows of them
/// and publishes those that are over.
public final class WindowsTopology implements Supplier<Topology> {
  /// Part of the repartition topic's name: when the layout of partials changes, so must this.
  static final String PARTIALS = "partials-v1";

  private final WindowingConfig config;
  private final int partitions;
  private final RequestEventCodec codec;
  private final ProcessorCounters counters;
  private final int maxOnHeap;
  private final int mostACommit;
  private final boolean exactlyOnce;

  /// @param partitions how many `requests` has
  /// @param codec judges events
  /// @param maxOnHeap windows that a merge task has in memory, more are on disk
  /// @param mostACommit see [MergeProcessor#MOST_A_COMMIT]
  /// @param exactlyOnce whether Kafka Streams is set to that
  WindowsTopology(
      WindowingConfig config,
      int partitions,
      RequestEventCodec codec,
      ProcessorCounters counters,
      int maxOnHeap,
      int mostACommit,
      boolean exactlyOnce) {
    this.config = config;
    this.partitions = partitions;
    this.codec = codec;
    this.counters = counters;
    this.maxOnHeap = maxOnHeap;
    this.mostACommit = mostACommit;
    this.exactlyOnce = exactlyOnce;
  }

  @Override
  public Topology get() {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(
            Topics.REQUESTS,
            Consumed.with(Serdes.ByteArray(), Serdes.ByteArray())
                // Streams drops a record without a timestamp; ours have their time inside.
                .withTimestampExtractor((event, partition) -> Math.max(0, event.timestamp()))
                .withName("requests"))
        .process(
            supplier(
                () -> new CombineProcessor(config, partitions, codec, counters),
                CombineProcessor.store()),
            Named.as("combine"))
        .repartition(
            Repartitioned.with(Serdes.ByteArray(), Serdes.ByteArray())
                .withStreamPartitioner(Partials::partitions)
                .withName(PARTIALS))
        .process(
            supplier(
                () -> new MergeProcessor(config, counters, mostACommit, exactlyOnce),
                MergeProcessor.store(config, partitions, maxOnHeap, exactlyOnce)),
            Named.as("merge"))
        .to(
            (key, result, context) -> result.topic(),
            Produced.with(Serdes.ByteArray(), results()).withName("publish"));
    return builder.build();
  }

  private static Serde<MergeProcessor.Result> results() {
    return Serdes.serdeFrom(
        (topic, result) -> result.json(), (topic, json) -> new MergeProcessor.Result(topic, json));
  }

  private static <K, V> ProcessorSupplier<byte[], byte[], K, V> supplier(
      Supplier<Processor<byte[], byte[], K, V>> processor, StoreBuilder<?> store) {
    return new ProcessorSupplier<>() {
      @Override
      public Processor<byte[], byte[], K, V> get() {
        return processor.get();
      }

      @Override
      public Set<StoreBuilder<?>> stores() {
        return Set.of(store);
      }
    };
  }
}
