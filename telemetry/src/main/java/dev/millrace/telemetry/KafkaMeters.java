package dev.millrace.telemetry;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import java.util.List;

/// Leaves out what Kafka's clients measure and nobody reads. A Streams instance has some thousand
/// metrics, more with each broker, thread and partition; each is a time series that is kept for
/// weeks.
final class KafkaMeters implements MeterFilter {
  /// Averages over the client's own half minute: Prometheus makes them of the totals, over any
  /// time.
  private static final String RATE = ".rate";

  private static final List<String> UNREAD =
      List.of(
          // By broker.
          ".node.",
          // What the reader's distance from the oldest record is.
          ".records.lead",
          ".records.lag.avg",
          ".preferred.read.replica",
          // Caches and stores of Streams' own, which this topology does not have.
          "kafka.stream.record.cache.",
          "kafka.stream.state.",
          // Of each processor node of each task.
          "kafka.stream.processor.node.",
          "kafka.stream.topic.",
          "kafka.admin.client.",
          ".io.ratio",
          ".io.time.",
          ".io.wait",
          ".iotime.",
          ".select.");

  @Override
  public MeterFilterReply accept(Meter.Id id) {
    String name = id.getName();
    return name.startsWith("kafka.")
            && (name.endsWith(RATE) || UNREAD.stream().anyMatch(name::contains))
        ? MeterFilterReply.DENY
        : MeterFilterReply.NEUTRAL;
  }
}
