package dev.millrace.e2e;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.testcontainers.kafka.KafkaContainer;

/// Kafka as its project ships it, of the version that is on our class path.
class ContainerKafkaIT extends KafkaContract {
  private static final String IMAGE = "apache/kafka:" + AppInfoParser.getVersion();

  /// It gives up after a minute by itself, which a busy machine may need.
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static KafkaContainer container;

  @BeforeAll
  static void start() throws Exception {
    Docker.assumeThere(List.of(IMAGE));
    container = new KafkaContainer(IMAGE).withStartupTimeout(PATIENCE);
    container.start();
  }

  @AfterAll
  static void stop() {
    if (container != null) {
      container.close();
    }
  }

  @Override
  String kafka() {
    return container.getBootstrapServers();
  }
}
