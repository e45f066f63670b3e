package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorMetrics;
import dev.millrace.processor.ProcessorRunner;
import dev.millrace.processor.WindowingConfig;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A backlog of more windows than merge keeps, whose partitions are read at different speeds: three
/// partitions share two threads.
class UnevenBacklogIT {
  private static final int PARTITIONS = 3;
  private static final int SECONDS = 3_600;
  private static final int SERIES = 450;
  private static final long EVENTS = (long) SECONDS * SERIES;

  @TempDir private Path folder;

  @Test
  void noEventIsLateBecauseAnotherPartitionWasReadFaster() {
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(
            new BrokerConfig(
                folder.resolve("broker"),
                BrokerConfig.ANY_PORT,
                BrokerConfig.DEFAULT_HOST,
                Map.of()))) {
      String kafka = broker.bootstrapServers();
      Cli.runWell("topics", "create", "--bootstrap-server=" + kafka, "--partitions=" + PARTITIONS);
      send(kafka);
      try (ProcessorRunner processor = new ProcessorRunner(config(kafka))) {
        processor.start();
        Await.until(
            () -> processor.metrics().aggregated() + processor.metrics().late() >= EVENTS,
            () -> processor.metrics().toString());
        ProcessorMetrics metrics = processor.metrics();
        assertEquals(EVENTS, metrics.aggregated(), metrics.toString());
      }
    }
  }

  private ProcessorConfig config(String kafka) {
    WindowingConfig usual = WindowingConfig.DEFAULT;
    return new ProcessorConfig(
        kafka,
        "uneven",
        2,
        new WindowingConfig(
            EnumSet.copyOf(usual.sizes()),
            usual.outOfOrderness(),
            usual.allowedLateness(),
            usual.idleTimeout(),
            usual.idleRetention(),
            1_000,
            usual.maxFutureSkew()),
        ProcessorConfig.DEFAULT_COMMIT_INTERVAL,
        true,
        folder.resolve("state"),
        Map.of());
  }

  private static void send(String kafka) {
    RequestEventCodec codec = new RequestEventCodec();
    long start = System.currentTimeMillis() - (SECONDS + 60) * 1_000L;
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", kafka,
                "linger.ms", "10",
                "batch.size", "262144",
                "compression.type", "lz4"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < EVENTS; i++) {
        int series = i % SERIES;
        long time = start + i / SERIES * 1_000L + 900L * series / SERIES;
        RequestEvent event =
            new RequestEvent(
                "", time, "s" + series % 20, "/" + series, "GET", 200, OptionalLong.of(7), 1);
        var _ =
            producer.send(
                new ProducerRecord<>(
                    Topics.REQUESTS,
                    (series + i / SERIES) % PARTITIONS,
                    time,
                    null,
                    codec.encode(event)));
      }
    }
  }
}
