package dev.millrace.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class TelemetryTest {
  private static String text(Telemetry telemetry) {
    return new String(telemetry.scrape(null).body(), StandardCharsets.UTF_8);
  }

  private static List<String> families(String text) {
    return text.lines()
        .filter(line -> line.startsWith("# TYPE "))
        .map(line -> line.split(" ", -1)[2])
        .toList();
  }

  @Test
  void hasTheJvmTheProcessAndWhatTheServiceAdds() {
    try (Telemetry telemetry = new Telemetry()) {
      telemetry.own(set ->
          set.counter("millrace_test_rows", "Rows.", "window", Map.of("1s", 5, "10s", 2))
              .gauge("millrace_test_ready", "Ready.", true)
              .gauge("millrace_test_threads", "Threads.", "state", Map.of("running", 2))
              .partitions(
                  "millrace_test_lag_records", "Lag.", Map.of(new TopicPartition("t", 3), 9.0)));
      String text = text(telemetry);
      assertTrue(text.contains("\nmillrace_test_rows_total{window=\"1s\"} 5.0\n"), text);
      assertTrue(text.contains("\nmillrace_test_ready 1.0\n"), text);
      assertTrue(text.contains("\nmillrace_test_threads{state=\"running\"} 2.0\n"), text);
      assertTrue(
          text.contains("\nmillrace_test_lag_records{partition=\"3\",topic=\"t\"} 9.0\n"), text);
      Set<String> families = Set.copyOf(families(text));
      for (String name :
          List.of(
              "jvm_memory_used_bytes",
              "jvm_memory_usage_after_gc",
              "jvm_gc_overhead",
              "jvm_threads_live_threads",
              "jvm_info",
              "process_cpu_usage",
              "process_uptime_seconds",
              "process_files_open_files")) {
        assertTrue(families.contains(name), name + " in " + families);
      }
      assertEquals(families.size(), families(text).size(), "a family is there twice");
    }
  }

  /// No broker is needed for what a producer measures of itself.
  @Test
  void hasWhatAProducerMeasuresAndNotWhatNobodyReads() {
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", "127.0.0.1:1", "client.id", "edge"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        Telemetry telemetry = new Telemetry()) {
      telemetry.kafka(producer);
      String text = text(telemetry);
      assertTrue(text.contains("\nkafka_producer_buffer_available_bytes{client_id=\"edge\""), text);
      List<String> unread =
          families(text).stream()
              .filter(name ->
                  name.startsWith("kafka_") && (name.endsWith("_rate") || name.contains("_node_")))
              .collect(Collectors.toList());
      assertEquals(List.of(), unread);
    }
  }

  @Test
  void residentMemoryIsWhatLinuxSays() {
    assertEquals(2048.0, ResidentMemory.bytes("Name:\tjava\nVmRSS:\t       2 kB\nThreads:\t4\n"));
    assertTrue(Double.isNaN(ResidentMemory.bytes("Name:\tjava\n")));
    assertFalse(ResidentMemory.bytes() < 1 << 20, "a JVM of less than a mebibyte");
  }
}
