package dev.millrace.telemetry;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;

/// How far a consumer is behind, as its own metrics say: what the broker told with the last records
/// that it sent. Nobody is asked.
public final class KafkaLag {
  private static final String LAG = "records-lag";

  private KafkaLag() {}

  /// Records that are there and not read yet, of each partition that is read now and has brought
  /// something.
  ///
  /// @param metrics of consumers, and of other clients
  /// @param wanted topics
  public static Map<TopicPartition, Double> of(
      Map<MetricName, ? extends Metric> metrics, Predicate<String> wanted) {
    Map<TopicPartition, Double> lag = new HashMap<>();
    metrics.forEach((name, metric) -> {
      String topic = name.tags().get("topic");
      String partition = name.tags().get("partition");
      if (name.name().equals(LAG)
          && topic != null
          && partition != null
          && wanted.test(topic)
          && metric.metricValue() instanceof Double records
          && !records.isNaN()) {
        lag.put(new TopicPartition(topic, Integer.parseInt(partition)), records);
      }
    });
    return lag;
  }
}
