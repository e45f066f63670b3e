package dev.millrace.processor;

import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSummary;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/// Raw events to window rows, in the Streams DSL: events are grouped by series into one-second
/// windows of event time; the windows of a service's routes add up to the service's, and those to
/// the total. Rows go out whenever they have changed since the last commit.
///
/// Rollups are made from the windows and not from the events: adding the newer and taking away the
/// older state of a route's window costs a few records a second, where counting each event three
/// times would triple the work. It also makes a rollup the sum of its rows, unless partitions drift
/// further apart than rollups are kept.
public final class WindowsTopology implements Supplier<Topology> {
  /// Length of a window.
  public static final Duration WINDOW = Duration.ofSeconds(1);

  /// How far partitions may drift apart while a backlog is read, in event time.
  private static final Duration DRIFT = Duration.ofHours(1);

  static final String ROUTES = "routes";
  static final String SERVICES = "services";
  static final String TOTALS = "totals";

  private static final long WINDOW_MS = WINDOW.toMillis();

  private final RequestEventCodec codec;
  private final Duration grace;

  /// @param codec reads raw events and judges them
  /// @param grace how far behind the newest event of its partition an event may be and still be
  ///   counted; also how long windows are kept in memory
  public WindowsTopology(RequestEventCodec codec, Duration grace) {
    this.codec = codec;
    this.grace = grace;
  }

  @Override
  public Topology get() {
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(LatenessGuard.store());

    KTable<Windowed<Series>, WindowAggregate> routes =
        builder.stream(
                Topics.REQUESTS,
                Consumed.with(Serdes.Bytes(), ProcessorSerdes.event(codec))
                    .withTimestampExtractor(
                        (event, partition) -> ((RequestEvent) event.value()).time())
                    .withName("requests"))
            .map(
                (none, event) -> KeyValue.pair(event.series(), Measurement.of(event)),
                Named.as("by-series"))
            .repartition(
                Repartitioned.with(ProcessorSerdes.series(), ProcessorSerdes.measurement())
                    .withName(ROUTES))
            .processValues(
                () -> new LatenessGuard(grace, WINDOW), Named.as("guard"), LatenessGuard.STORE)
            .groupByKey(Grouped.with(ProcessorSerdes.series(), ProcessorSerdes.measurement()))
            .windowedBy(TimeWindows.ofSizeAndGrace(WINDOW, grace))
            .aggregate(
                WindowAggregate::new,
                (series, measurement, aggregate) -> aggregate.add(measurement),
                Named.as("aggregate-routes"),
                Materialized.<Series, WindowAggregate>as(
                        Stores.inMemoryWindowStore(ROUTES, retention(), WINDOW, false))
                    .withKeySerde(ProcessorSerdes.series())
                    .withValueSerde(ProcessorSerdes.aggregate())
                    .withCachingEnabled());

    KTable<SeriesWindow, WindowAggregate> services =
        routes
            .groupBy(
                (window, aggregate) ->
                    KeyValue.pair(
                        new SeriesWindow(window.window().start(), window.key().ofService()),
                        aggregate),
                Grouped.with(SERVICES, ProcessorSerdes.seriesWindow(), ProcessorSerdes.aggregate()))
            .aggregate(
                WindowAggregate::new,
                (key, newer, aggregate) -> aggregate.merge(newer),
                (key, older, aggregate) -> aggregate.subtract(older),
                Named.as("aggregate-services"),
                rollup(SERVICES));

    KTable<SeriesWindow, WindowAggregate> totals =
        services
            .groupBy(
                (key, aggregate) ->
                    KeyValue.pair(new SeriesWindow(key.startMs(), Series.TOTAL), aggregate),
                Grouped.with(TOTALS, ProcessorSerdes.seriesWindow(), ProcessorSerdes.aggregate()))
            .aggregate(
                WindowAggregate::new,
                (key, newer, aggregate) -> aggregate.merge(newer),
                (key, older, aggregate) -> aggregate.subtract(older),
                Named.as("aggregate-totals"),
                rollup(TOTALS));

    publish(
        routes.toStream(
            (window, aggregate) -> new SeriesWindow(window.window().start(), window.key()),
            Named.as("changed-routes")),
        ROUTES);
    publish(services.toStream(Named.as("changed-services")), SERVICES);
    publish(totals.toStream(Named.as("changed-totals")), TOTALS);
    return builder.build();
  }

  private static void publish(KStream<SeriesWindow, WindowAggregate> changed, String name) {
    changed
        .map(
            (key, aggregate) ->
                KeyValue.<String, WindowSummary>pair(
                    key.series().key(), aggregate.summary(key.startMs(), WINDOW_MS, key.series())),
            Named.as("summarize-" + name))
        .to(
            Topics.WINDOWS_1S,
            Produced.with(Serdes.String(), ProcessorSerdes.summary()).withName("publish-" + name));
  }

  private Materialized<SeriesWindow, WindowAggregate, KeyValueStore<Bytes, byte[]>> rollup(
      String name) {
    return Materialized.<SeriesWindow, WindowAggregate>as(
            RollupStore.supplier(name, rollupRetention()))
        .withKeySerde(ProcessorSerdes.seriesWindow())
        .withValueSerde(ProcessorSerdes.aggregate())
        .withCachingEnabled()
        // What the store forgets, its changelog must forget too; a day later, as Streams does it.
        .withLoggingEnabled(
            Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_COMPACT + "," + TopicConfig.CLEANUP_POLICY_DELETE,
                TopicConfig.RETENTION_MS_CONFIG,
                Long.toString(rollupRetention().plusDays(1).toMillis())));
  }

  private Duration retention() {
    return grace.plus(WINDOW);
  }

  /// Rollups gather from all partitions of windows, of which one may be behind the others and still
  /// take events for windows that those have forgotten. A rollup forgotten too early would begin
  /// anew and be published too low; kept twice the grace and an hour, it takes partitions a whole
  /// grace apart for that.
  private Duration rollupRetention() {
    return grace.multipliedBy(2).plus(DRIFT);
  }
}
