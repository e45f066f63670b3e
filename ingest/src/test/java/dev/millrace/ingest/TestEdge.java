package dev.millrace.ingest;

import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// An edge before a real broker, and what tests need to know of it.
final class TestEdge {
  static final int PARTITIONS = 4;

  private TestEdge() {}

  static void createTopic(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin.createTopics(List.of(new NewTopic(Topics.REQUESTS, PARTITIONS, (short) 1))).all().get();
    }
    // Without leaders a producer's first batch may be refused.
    await("there are leaders", () -> hasLeaders(broker));
  }

  /// Only leaders know ends; and a broker may not know yet that there is such a topic.
  private static boolean hasLeaders(EmbeddedBroker broker) throws Exception {
    try {
      var _ = ends(broker);
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw e;
    }
  }

  /// Where Kafka's partitions end.
  static Map<TopicPartition, Long> ends(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      Map<TopicPartition, Long> ends = new HashMap<>();
      admin
          .listOffsets(
              IntStream.range(0, PARTITIONS)
                  .mapToObj(p -> new TopicPartition(Topics.REQUESTS, p))
                  .collect(Collectors.toMap(p -> p, _ -> OffsetSpec.latest())))
          .all()
          .get()
          .forEach((partition, end) -> ends.put(partition, end.offset()));
      return ends;
    }
  }

  /// How many events are in Kafka.
  static long inKafka(EmbeddedBroker broker) throws Exception {
    return ends(broker).values().stream().mapToLong(Long::longValue).sum();
  }

  static HttpLimits limits(Duration timeout) {
    return limits(8 << 20, 1 << 20, 200, 200, timeout, timeout, timeout);
  }

  static HttpLimits limits(
      long maxInFlight,
      int maxBody,
      int connections,
      int perAddress,
      Duration header,
      Duration body,
      Duration keepAlive) {
    return new HttpLimits(maxInFlight, maxBody, connections, perAddress, header, body, keepAlive);
  }

  static IngestConfig config(String bootstrapServers, HttpLimits limits) {
    return config(bootstrapServers, limits, Optional.empty(), Optional.empty());
  }

  static IngestConfig config(String bootstrapServers, HttpLimits limits, Duration kafkaTimeout) {
    return config(bootstrapServers, limits, kafkaTimeout, Optional.empty(), Optional.empty());
  }

  static IngestConfig config(
      String bootstrapServers, HttpLimits limits, Optional<TlsFiles> tls, Optional<Path> apiKeys) {
    return config(bootstrapServers, limits, Duration.ofSeconds(2), tls, apiKeys);
  }

  private static IngestConfig config(
      String bootstrapServers,
      HttpLimits limits,
      Duration kafkaTimeout,
      Optional<TlsFiles> tls,
      Optional<Path> apiKeys) {
    return new IngestConfig(
        bootstrapServers,
        IngestConfig.DEFAULT_HOST,
        0,
        limits,
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        kafkaTimeout,
        tls,
        apiKeys,
        Map.of());
  }

  /// Something to wait for.
  interface Condition {
    boolean holds() throws Exception;
  }

  /// Waits for it.
  ///
  /// @param what it is, to be said if that takes too long
  static void await(String what, Condition condition) throws Exception {
    long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > until) {
        throw new AssertionError("waited in vain until " + what);
      }
      Thread.sleep(5);
    }
  }

  /// So many events, as NDJSON.
  static byte[] events(int count) {
    String event =
        "{\"time\":"
            + System.currentTimeMillis()
            + ",\"service\":\"shop\",\"route\":\"/a\",\"status\":200,\"duration_us\":12}\n";
    return event.repeat(count).getBytes(StandardCharsets.UTF_8);
  }

  static long metric(int port, String name) throws IOException {
    try (RawClient client = new RawClient(port)) {
      return client
          .ask("GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
          .body()
          .lines()
          .filter(line -> line.startsWith("millrace_ingest_" + name + " "))
          .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
          .findAny()
          .orElseThrow();
    }
  }
}
