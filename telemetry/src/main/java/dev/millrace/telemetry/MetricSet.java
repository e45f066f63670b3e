package dev.millrace.telemetry;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/// A service's own figures at one scrape, read from where they are counted. Nothing is registered
/// ahead: what has no value now is not there.
///
/// Names are `millrace_<module>_<noun>_<unit>`; a counter's ends in `_total` when it is written.
public final class MetricSet {
  private final MetricSnapshots.Builder metrics = MetricSnapshots.builder();

  /// Starts empty.
  public MetricSet() {}

  /// The figures so far.
  MetricSnapshots snapshots() {
    return metrics.build();
  }

  /// A figure that only grows.
  ///
  /// @param name without `_total`
  /// @param help a sentence
  public MetricSet counter(String name, String help, double value) {
    metrics.metricSnapshot(
        CounterSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(count(Labels.EMPTY, value))
            .build());
    return this;
  }

  /// A figure that only grows, of several kinds.
  ///
  /// @param label what tells them apart
  public MetricSet counter(
      String name, String help, String label, Map<String, ? extends Number> values) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
    values.forEach(
        (kind, value) -> counter.dataPoint(count(Labels.of(label, kind), value.doubleValue())));
    metrics.metricSnapshot(counter.build());
    return this;
  }

  /// A figure of now.
  public MetricSet gauge(String name, String help, double value) {
    metrics.metricSnapshot(
        GaugeSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(level(Labels.EMPTY, value))
            .build());
    return this;
  }

  /// 1 for yes, 0 for no.
  public MetricSet gauge(String name, String help, boolean yes) {
    return gauge(name, help, yes ? 1 : 0);
  }

  /// A figure of now, of several kinds.
  ///
  /// @param label what tells them apart
  public MetricSet gauge(
      String name, String help, String label, Map<String, ? extends Number> values) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    values.forEach(
        (kind, value) -> gauge.dataPoint(level(Labels.of(label, kind), value.doubleValue())));
    metrics.metricSnapshot(gauge.build());
    return this;
  }

  /// A figure of now, of partitions, by `topic` and `partition`.
  public MetricSet partitions(
      String name, String help, Map<TopicPartition, ? extends Number> values) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
    values.forEach((of, value) -> gauge.dataPoint(level(labels(of), value.doubleValue())));
    metrics.metricSnapshot(gauge.build());
    return this;
  }

  private static Labels labels(TopicPartition of) {
    return Labels.of("topic", of.topic(), "partition", Integer.toString(of.partition()));
  }

  private static CounterDataPointSnapshot count(Labels labels, double value) {
    return CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private static GaugeDataPointSnapshot level(Labels labels, double value) {
    return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
  }
}
