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
          // Of partitions: what is read of them is each service's own lag.
          ".records.lag",
          ".records.lead",
          ".preferred.read.replica",
          // Caches and stores of Streams' own, which the topology does not have.
          "kafka.stream.record.cache.",
          "kafka.stream.state.",
          // Of each processor node of each task, and of each task.
          "kafka.stream.processor.node.",
          "kafka.stream.topic.",
          ".enforced.processing",
          ".punctuate",
          ".record.lateness",
          ".active.buffer",
          ".active.process",
          "kafka.stream.task.restore",
          "kafka.admin.client.",
          "reauth",
          ".successful.",
          ".io.ratio",
          ".io.time.",
          ".io.wait",
          ".iotime.",
          ".select.");

  /// In the description of a consumer's metric that Kafka has twice, once with the name of the
  /// topic and once with `_` for each `.` in it: a sum over topics would be double.
  private static final String TWICE = "periods replaced";

  @Override
  public MeterFilterReply accept(Meter.Id id) {
    String name = id.getName();
    boolean unread =
        name.startsWith("kafka.")
            && (name.endsWith(RATE) || isCopy(id) || UNREAD.stream().anyMatch(name::contains));
    return unread ? MeterFilterReply.DENY : MeterFilterReply.NEUTRAL;
  }

  /// Takes every `_` for a replaced period: what Millrace's consumers read has one in its name only
  /// if the application's id does.
  private static boolean isCopy(Meter.Id id) {
    String topic = id.getTag("topic");
    return topic != null
        && topic.contains("_")
        && id.getDescription() != null
        && id.getDescription().contains(TWICE);
  }
}
