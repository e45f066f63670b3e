package dev.millrace.ingest;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/// Whether Kafka answers. Thread-safe.
final class KafkaCheck implements AutoCloseable {
  private final Admin admin;
  private final String bootstrapServers;
  private final Duration timeout;

  KafkaCheck(IngestConfig config) {
    Map<String, Object> settings = new HashMap<>(config.kafka());
    settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    int timeoutMs = (int) config.kafkaTimeout().toMillis();
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, timeoutMs);
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeoutMs);
    admin = Admin.create(settings);
    bootstrapServers = config.bootstrapServers();
    timeout = config.kafkaTimeout();
  }

  Health check() throws InterruptedException {
    try {
      admin.describeCluster().nodes().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return Health.OK;
    } catch (ExecutionException | TimeoutException e) {
      return Health.failing(
          "Kafka at " + bootstrapServers + " did not answer within " + timeout.toMillis() + " ms");
    }
  }

  @Override
  public void close() {
    admin.close(timeout);
  }
}
