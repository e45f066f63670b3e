package dev.millrace.e2e;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// The broker that Millrace brings.
class EmbeddedKafkaIT extends KafkaContract {
  @TempDir private static Path data;
  private static EmbeddedBroker broker;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start(new BrokerConfig(data, BrokerConfig.ANY_PORT));
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Override
  String kafka() {
    return broker.bootstrapServers();
  }
}
