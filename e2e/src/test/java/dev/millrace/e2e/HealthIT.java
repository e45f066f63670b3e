package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Topics;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import dev.millrace.telemetry.Health;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the processor says of itself on its way.
class HealthIT {
  @TempDir private static Path folder;

  private static EmbeddedBroker broker;

  @BeforeAll
  static void startBroker() {
    broker =
        EmbeddedBroker.start(
            new BrokerConfig(
                folder.resolve("broker"),
                BrokerConfig.ANY_PORT,
                BrokerConfig.DEFAULT_HOST,
                Map.of("group.min.session.timeout.ms", "1000")));
    Cli.runWell(
        "topics", "create", "--bootstrap-server=" + broker.bootstrapServers(), "--partitions", "2");
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private static ProcessorRunner processor(String id, String state, Map<String, String> kafka) {
    return new ProcessorRunner(
        new ProcessorConfig(
            broker.bootstrapServers(),
            id,
            1,
            WindowingConfig.DEFAULT,
            ProcessorConfig.DEFAULT_COMMIT_INTERVAL,
            ProcessorConfig.defaultWindowsInMemory(),
            true,
            folder.resolve(state),
            kafka));
  }

  private static void awaitReady(ProcessorRunner processor) {
    Await.until(() -> processor.readiness().ok(), () -> processor.readiness().cause());
  }

  @Test
  void isReadyWhileItRunsAndReadyAgainAfterARebalance() {
    ProcessorRunner first = processor("health", "first", Map.of());
    assertEquals("the processor has not started yet", first.readiness().cause());
    assertTrue(first.liveness().ok());
    first.start();
    try {
      // It has to ask the broker first, and that takes longer than this.
      assertEquals(
          "rebalancing: the instances are sharing out the partitions", first.readiness().cause());
      assertTrue(first.liveness().ok());
      awaitReady(first);
      try (ProcessorRunner second = processor("health", "second", Map.of())) {
        second.start();
        awaitReady(second);
        awaitReady(first);
        assertTrue(first.liveness().ok());
      }
      awaitReady(first);
    } finally {
      first.close();
    }
    assertEquals("the processor is being stopped", first.readiness().cause());
  }

  @Test
  void isNotAliveOnceItsThreadsHaveDiedTooOften() throws Exception {
    MortalHandler.plan(1_000);
    try (ProcessorRunner processor =
            processor(
                "mortal",
                "mortal",
                Map.of(
                    "processing.exception.handler",
                    MortalHandler.class.getName(),
                    // Each thread waits for the session of the one that died before it.
                    "consumer.session.timeout.ms",
                    "1000",
                    "consumer.heartbeat.interval.ms",
                    "300"));
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      processor.start();
      awaitReady(processor);
      byte[] poison = "no event".getBytes(StandardCharsets.UTF_8);
      producer.send(new ProducerRecord<>(Topics.REQUESTS, poison)).get();
      Await.until(() -> !processor.liveness().ok(), () -> processor.state());
      Health live = processor.liveness();
      assertTrue(live.cause().startsWith("the processor has stopped: "), live.cause());
      assertFalse(processor.readiness().ok());
      assertTrue(processor.metrics().threadsReplaced() > 0);
    } finally {
      MortalHandler.plan(0);
    }
  }
}
