package dev.millrace.sink;

import dev.millrace.events.Series;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Collection;
import java.util.Map;
import java.util.function.ToLongFunction;

/// The metrics by name. Names of the sink's own are `millrace_sink_<noun>_<unit>[_total]`.
final class MetricFamilies {
  private static final double MS_PER_S = 1e3;

  private final MetricSnapshots.Builder families = MetricSnapshots.builder();

  MetricSnapshots snapshots() {
    return families.build();
  }

  /// What the windows have counted.
  MetricFamilies series(Collection<Map.Entry<Series, CountedSeries>> all) {
    counter("millrace_requests", "Requests.", all, SeriesCounts::requests);
    counter(
        "millrace_request_errors",
        "Requests with status 500 and above.",
        all,
        SeriesCounts::errors);
    counter(
        "millrace_request_client_errors",
        "Requests with status 400 to 499.",
        all,
        SeriesCounts::clientErrors);
    counter("millrace_response_bytes", "Size of the answers.", all, SeriesCounts::bytes);
    HistogramSnapshot.Builder durations =
        HistogramSnapshot.builder()
            .name("millrace_request_duration_seconds")
            .help("How long requests took, of those that say so.");
    all.stream()
        .filter(entry -> entry.getValue().counts().durations().count() > 0)
        .forEach(entry -> durations.dataPoint(entry.getValue().histogram(entry.getKey())));
    families.metricSnapshot(durations.build());
    return this;
  }

  private void counter(
      String name,
      String help,
      Collection<Map.Entry<Series, CountedSeries>> all,
      ToLongFunction<SeriesCounts> count) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    all.forEach(entry ->
        counter.dataPoint(
            CounterDataPointSnapshot.builder()
                .labels(CountedSeries.labels(entry.getKey()))
                .createdTimestampMillis(entry.getValue().createdMs())
                .value(count.applyAsLong(entry.getValue().counts()))
                .build()));
    families.metricSnapshot(counter.build());
  }

  /// @param endMs end of the newest window, epoch milliseconds; 0 if there was none
  MetricFamilies newestWindow(long endMs) {
    if (endMs > 0) {
      gauge(
          "millrace_newest_window_end_timestamp_seconds",
          "When the newest final window ended: now less this is how old the newest figures are.",
          endMs / MS_PER_S,
          Labels.EMPTY);
    }
    return this;
  }

  MetricFamilies delays(WindowDelays delays) {
    families.metricSnapshot(
        delays.snapshot(
            "millrace_sink_window_delay_seconds",
            "From the end of a second to its row of everything in the store."));
    return this;
  }

  /// The sink's own counts.
  ///
  /// @param skipped revisions that were written, and not counted
  MetricFamilies sink(SinkMetrics sink, long skipped) {
    counter(
        "millrace_sink_consumed_records",
        "Records whose offset the database has passed.",
        sink.consumed());
    counter(
        "millrace_sink_written_rows",
        "Rows in the database, or that replaced one there.",
        sink.written());
    counter(
        "millrace_sink_superseded_rows",
        "Rows that gave way to a higher revision in the database.",
        sink.superseded());
    counter("millrace_sink_rejected_records", "Records that were no window row.", sink.rejected());
    counter(
        "millrace_sink_expired_offsets",
        "Offsets that Kafka's retention deleted before this sink came to read them.",
        sink.expired());
    counter(
        "millrace_sink_conflict_transactions",
        "Transactions rolled back because another sink had written meanwhile.",
        sink.conflicts());
    counter(
        "millrace_sink_uncounted_revisions",
        "Rows in the database that these metrics lack: revisions of windows from before the start.",
        skipped);
    GaugeSnapshot.Builder positions =
        GaugeSnapshot.builder()
            .name("millrace_sink_position_offsets")
            .help("The next offset to be read: all before it is in the database.");
    sink.positions()
        .forEach((partition, offset) ->
            positions.dataPoint(
                GaugeDataPointSnapshot.builder()
                    .labels(
                        Labels.of(
                            "topic",
                            partition.topic(),
                            "partition",
                            Integer.toString(partition.partition())))
                    .value(offset)
                    .build()));
    families.metricSnapshot(positions.build());
    return this;
  }

  private void counter(String name, String help, long value) {
    families.metricSnapshot(
        CounterSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(CounterDataPointSnapshot.builder().value(value).build())
            .build());
  }

  private void gauge(String name, String help, double value, Labels labels) {
    families.metricSnapshot(
        GaugeSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(GaugeDataPointSnapshot.builder().value(value).labels(labels).build())
            .build());
  }
}
