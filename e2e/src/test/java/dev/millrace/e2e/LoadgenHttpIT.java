package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.Topics;
import dev.millrace.loadgen.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The load generator's books agree with what Kafka holds, also if events go there through the HTTP
/// edge.
class LoadgenHttpIT {
  @TempDir private Path folder;

  @Test
  void aDirtyRunOverHttpIsBookedToTheEvent() throws Exception {
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String kafka = broker.awaitKafka();
      try (Cli.Running edge = Cli.start("ingest", "--bootstrap-server", kafka, "--port", "0")) {
        String url = url(edge);
        Cli.Result alone =
            Cli.runWell(
                "loadgen",
                "--target",
                url,
                // The edge knows where Kafka is, and this one does not have to.
                "--bootstrap-server",
                "127.0.0.1:1",
                "--scenario",
                "dirty-input",
                "--rate",
                "4k",
                "--duration",
                "4s",
                "--run",
                path("alone"));
        assertTrue(alone.err().contains("There are no end-to-end times: Kafka at"), alone.all());
        RunSummary summary = summary("alone");
        assertEquals(url, summary.target());
        RunSummary.Totals totals = summary.totals();
        assertEquals(16_000, totals.sent());
        assertTrue(totals.rejected() > 5, alone.all());
        assertEquals(16_000, totals.acknowledged() + totals.rejected(), alone.all());
        assertEquals(totals.acknowledged(), inLedger("alone"));
        assertEquals(totals.acknowledged(), inKafka(kafka));
        assertTrue(Cli.runWell("report", path("alone")).out().startsWith(url + ","));

        Cli.Result shared =
            Cli.runWell(
                "loadgen",
                "--target",
                url,
                "--bootstrap-server",
                kafka,
                "--http-gzip",
                "--http-batch",
                "7",
                "--http-connections",
                "3",
                "--workers",
                "2",
                "--rate",
                "1k",
                "--duration",
                "2s",
                "--run",
                path("shared"));
        assertEquals(2_000, summary("shared").totals().acknowledged(), shared.all());
        assertEquals(totals.acknowledged() + 2_000, inKafka(kafka));
      }
    }
  }

  @Test
  void anEdgeThatIsKilledDoesNotStopTheScheduleAndIsSentToAgain() throws Exception {
    int port = Cli.freePort();
    try (Cli.Running broker = Cli.start("broker", "--port", "0", "--data", path("broker"))) {
      String kafka = broker.awaitKafka();
      String[] ingest = {
        "ingest", "--bootstrap-server", kafka, "--port", Integer.toString(port),
      };
      try (Cli.Running first = Cli.start(ingest);
          Cli.Running load =
              Cli.start(
                  "loadgen",
                  "--target",
                  url(first),
                  "--rate",
                  "4k",
                  "--duration",
                  "20s",
                  "--no-e2e",
                  "--run",
                  path("run"))) {
        load.awaitLine(line -> line.matches(" +4s  sent .*"));
        first.kill();
        load.awaitLine(line -> line.matches(".* errors [1-9].*"));
        try (Cli.Running second = Cli.start(ingest)) {
          url(second);
          load.awaitLine(line -> line.endsWith(" errors 0"));
          assertEquals(1, load.exitCode());
        }
        String output = load.output();
        assertTrue(output.contains("% of the events failed or have an unknown fate"), output);
        RunSummary summary = summary("run");
        RunSummary.Totals totals = summary.totals();
        assertEquals(80_000, totals.sent(), output);
        assertEquals(
            totals.sent(),
            totals.acknowledged() + totals.rejected() + totals.failed() + totals.unknown(),
            output);
        assertTrue(totals.failed() > 0 && totals.acknowledged() > 20_000, output);
        assertTrue(summary.latencyUs().lateness().max() < 3_000_000, output);
        long held = inKafka(kafka);
        assertTrue(totals.acknowledged() <= held, held + " in Kafka\n" + output);
        assertTrue(held <= totals.acknowledged() + totals.unknown(), held + " in Kafka\n" + output);
        assertEquals(totals.acknowledged(), inLedger("run"));
      }
    }
  }

  /// Where an edge listens, once it says so.
  static String url(Cli.Running edge) throws IOException {
    String listens = "ingest listens on ";
    String line = edge.awaitLine(text -> text.startsWith(listens));
    return line.substring(listens.length(), line.indexOf(';'));
  }

  private RunSummary summary(String run) throws IOException {
    return RunSummary.JSON.decode(Files.readAllBytes(folder.resolve(run).resolve("run.json")));
  }

  private long inLedger(String run) throws IOException {
    return LedgerFile.read(folder.resolve(run).resolve("ledger.ndjson")).entries().stream()
        .mapToLong(LedgerEntry::requests)
        .sum();
  }

  private static long inKafka(String servers) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", servers),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      return consumer
          .endOffsets(
              consumer.partitionsFor(Topics.REQUESTS).stream()
                  .map(part -> new TopicPartition(part.topic(), part.partition()))
                  .toList())
          .values()
          .stream()
          .mapToLong(Long::longValue)
          .sum();
    }
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }
}
