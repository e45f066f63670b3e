package dev.millrace.ingest;

import dev.millrace.events.Topics;
import dev.millrace.telemetry.Health;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/// Whether Kafka answers, and has a topic that events can be written to. However often it is asked,
/// Kafka is asked once a second at most. Thread-safe.
final class KafkaCheck implements AutoCloseable {
  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Admin admin;
  private final String bootstrapServers;
  private final long timeoutMs;
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile Health newest = Health.failing("Kafka has not been asked yet");
  private volatile long checkedAt;
  private volatile boolean asked;

  KafkaCheck(IngestConfig config) {
    Map<String, Object> settings = new HashMap<>(config.kafka());
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    bootstrapServers = config.bootstrapServers();
    timeoutMs = config.kafkaTimeout().toMillis();
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) timeoutMs);
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) timeoutMs);
    admin = Admin.create(settings);
  }

  synchronized Health check() throws InterruptedException {
    if (isOld()) {
      newest = ask();
      checkedAt = System.nanoTime();
      asked = true;
    }
    return newest;
  }

  private boolean isOld() {
    return !asked || System.nanoTime() - checkedAt > KEPT_NANOS;
  }

  /// The newest answer that there is, for who cannot wait for Kafka; has Kafka asked, so that there
  /// is a new one soon.
  Health newest() {
    if (isOld() && asking.compareAndSet(false, true)) {
      var _ = Thread.ofVirtual().name("ingest-check").start(this::askInBackground);
    }
    return newest;
  }

  private void askInBackground() {
    try {
      check();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      asking.set(false);
    }
  }

  private Health ask() throws InterruptedException {
    try {
      TopicDescription topic =
          admin
              .describeTopics(List.of(Topics.REQUESTS))
              .allTopicNames()
              .get(timeoutMs, TimeUnit.MILLISECONDS)
              .get(Topics.REQUESTS);
      boolean leaderless =
          topic.partitions().stream()
              .allMatch(partition -> partition.leader() == null || partition.leader().isEmpty());
      return leaderless
          ? Health.failing("no partition of topic " + Topics.REQUESTS + " has a leader")
          : Health.OK;
    } catch (ExecutionException e) {
      return Health.failing(
          e.getCause() instanceof UnknownTopicOrPartitionException
              ? "Kafka at "
                  + bootstrapServers
                  + " has no topic "
                  + Topics.REQUESTS
                  + "; 'millrace topics create' makes it"
              : e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException
                  ? late()
                  : "Kafka at " + bootstrapServers + ": " + e.getCause().getMessage());
    } catch (TimeoutException e) {
      return Health.failing(late());
    }
  }

  private String late() {
    return "Kafka at " + bootstrapServers + " did not answer within " + timeoutMs + " ms";
  }

  @Override
  public void close() {
    admin.close(Duration.ofMillis(timeoutMs));
  }
}
