package dev.millrace.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilterReply;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class KafkaLagTest {
  private static final String NOTE = "Note: … the periods replaced metric is deprecated.";

  private record Value(MetricName metricName, Object metricValue) implements Metric {}

  private final Map<MetricName, Metric> metrics = new HashMap<>();

  private void add(String name, Object value, String... tags) {
    Map<String, String> all = new TreeMap<>();
    for (int i = 0; i < tags.length; i += 2) {
      all.put(tags[i], tags[i + 1]);
    }
    MetricName full = new MetricName(name, "consumer-fetch-manager-metrics", "", all);
    metrics.put(full, new Value(full, value));
  }

  @Test
  void isOfTheTopicsThatAreWanted() {
    add("records-lag", 5.0, "topic", "requests", "partition", "2");
    add("records-lag", 7.0, "topic", "windows.1s", "partition", "0");
    add("records-lag", 7.0, "topic", "windows_1s", "partition", "0");
    add("records-lag", Double.NaN, "topic", "requests", "partition", "3");
    add("records-lag-max", 9.0, "topic", "requests", "partition", "2");
    add("records-lag", "text", "topic", "requests", "partition", "4");
    assertEquals(
        Map.of(new TopicPartition("requests", 2), 5.0), KafkaLag.of(metrics, "requests"::equals));
    assertEquals(
        Map.of(new TopicPartition("windows.1s", 0), 7.0),
        KafkaLag.of(metrics, "windows.1s"::equals));
  }

  private static MeterFilterReply reply(String name, String topic, String description) {
    Tags tags = topic == null ? Tags.empty() : Tags.of("topic", topic);
    return new KafkaMeters().accept(new Meter.Id(name, tags, null, description, Meter.Type.GAUGE));
  }

  @Test
  void whatKafkaTellsTwiceIsThereOnce() {
    String name = "kafka.consumer.fetch.manager.bytes.consumed.total";
    assertEquals(MeterFilterReply.DENY, reply(name, "windows_1s", NOTE));
    assertEquals(MeterFilterReply.NEUTRAL, reply(name, "windows.1s", NOTE));
    assertEquals(
        MeterFilterReply.NEUTRAL, reply("kafka.producer.topic.byte.total", "my_topic", "Bytes."));
    assertEquals(MeterFilterReply.NEUTRAL, reply("jvm.gc.rate", null, ""));
    assertEquals(MeterFilterReply.DENY, reply("kafka.producer.record.send.rate", null, ""));
  }
}
