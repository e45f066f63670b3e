package dev.millrace.broker;

import static dev.millrace.broker.Clients.records;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EmbeddedBrokerIT {
  private static final long IN_2015 = Instant.parse("2015-05-17T10:05:03Z").toEpochMilli();
  private static final long IN_2100 = Instant.parse("2100-01-01T00:00:00Z").toEpochMilli();

  @TempDir Path dir;

  @Test
  void bringsBackWhatItTookHoweverItIsCompressed() throws Exception {
    try (EmbeddedBroker broker = start()) {
      Clients clients = new Clients(broker.bootstrapServers());
      for (String compression : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
        List<ProducerRecord<String, String>> records = records(compression, 1000);
        clients.createTopic(compression, 4);
        clients.send(records, Map.of("compression.type", compression));
        assertEquals(
            records.stream().map(ProducerRecord::value).sorted().toList(),
            clients.read(compression, 1000).stream().map(ConsumerRecord::value).sorted().toList());
      }
    }
  }

  @Test
  void takesEventsOfAnyYearWithoutRollingSegments() throws Exception {
    List<ProducerRecord<String, String>> records = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      records.add(new ProducerRecord<>("events", 0, IN_2015 + i, null, "old"));
      records.add(new ProducerRecord<>("events", 0, IN_2100 + i, null, "future"));
    }
    try (EmbeddedBroker broker = start()) {
      Clients clients = new Clients(broker.bootstrapServers());
      clients.createTopic("events", 1);
      clients.send(records, Map.of("batch.size", "0"));
      assertEquals(
          records.stream().map(ProducerRecord::timestamp).toList(),
          clients.read("events", 100).stream().map(ConsumerRecord::timestamp).toList());
    }
    try (Stream<Path> files = Files.list(dir.resolve("topics/events-0"))) {
      assertEquals(
          List.of("00000000000000000000.log"),
          files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".log")).toList());
    }
  }

  @Test
  void showsOnlyCommittedTransactions() throws Exception {
    try (EmbeddedBroker broker = start()) {
      Clients clients = new Clients(broker.bootstrapServers());
      clients.createTopic("events", 1);
      try (KafkaProducer<String, String> producer =
          clients.producer(Map.of("transactional.id", "one"))) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("events", "aborted")).get();
        producer.abortTransaction();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("events", "committed")).get();
        producer.commitTransaction();
      }
      assertEquals(List.of("committed"), values(clients.read("events", 1)));
    }
  }

  @Test
  void goesOnWithItsDataOnOtherPorts() throws Exception {
    String before;
    try (EmbeddedBroker broker = start()) {
      before = broker.bootstrapServers();
      Clients clients = new Clients(before);
      clients.createTopic("events", 2);
      clients.send(records("events", 100), Map.of());
      assertEquals(100, clients.readOnAndCommit("events", 100));
    }
    try (ServerSocket other = occupy(port(before));
        EmbeddedBroker broker = start()) {
      assertNotEquals(other.getLocalPort(), port(broker.bootstrapServers()));
      Clients clients = new Clients(broker.bootstrapServers());
      clients.send(records("events", 10), Map.of());
      assertEquals(10, clients.readOnAndCommit("events", 10));
      assertEquals(110, clients.read("events", 110).size());
    }
  }

  @Test
  void keepsWhatItAcknowledgedBeforeAKill() throws Exception {
    Process process = startProcess();
    try (var out = process.inputReader()) {
      Clients clients = new Clients(out.readLine());
      clients.createTopic("events", 4);
      clients.send(records("events", 1000), Map.of());
    } finally {
      process.destroyForcibly().waitFor();
    }
    try (EmbeddedBroker broker = start()) {
      assertEquals(1000, new Clients(broker.bootstrapServers()).read("events", 1000).size());
    }
  }

  /// Of so many producers, some have a transaction at any moment that is decided, but not known to
  /// all of its partitions.
  @Test
  void endsTransactionsThatAKillInterrupted() throws Exception {
    for (int kill = 0; kill < 2; kill++) {
      Process process = startProcess();
      List<EndlessTransactions> all = new ArrayList<>();
      try (var out = process.inputReader()) {
        Clients clients = new Clients(out.readLine());
        if (kill == 0) {
          clients.createTopic("events", 16);
        }
        for (int i = 0; i < 8; i++) {
          all.add(new EndlessTransactions(clients, "endless-" + i, "events", 16, 20));
        }
        for (EndlessTransactions transactions : all) {
          transactions.await();
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
      for (EndlessTransactions transactions : all) {
        transactions.stop();
      }
      try (EmbeddedBroker broker = start()) {
        // Readers get past what the kill has left, on each partition.
        Clients clients = new Clients(broker.bootstrapServers());
        String last = "after kill " + kill;
        clients.send(
            IntStream.range(0, 16)
                .mapToObj(p -> new ProducerRecord<String, String>("events", p, null, last))
                .toList(),
            Map.of());
        clients.read(
            "events", read -> read.stream().filter(r -> last.equals(r.value())).count() == 16);
      }
    }
  }

  @Test
  void refusesFolderOfAnotherProcess() throws Exception {
    Process process = startProcess();
    try (var out = process.inputReader()) {
      out.readLine();
      String refusal = assertThrows(BrokerException.class, this::start).getMessage();
      assertTrue(refusal.startsWith("--data %s: another broker".formatted(dir)), refusal);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void refusesFolderOfAnotherBrokerAndLeavesThatAlone() throws Exception {
    try (EmbeddedBroker first = start()) {
      assertThrows(BrokerException.class, this::start);
      Clients clients = new Clients(first.bootstrapServers());
      clients.createTopic("events", 1);
      clients.send(records("events", 10), Map.of());
      assertEquals(10, clients.read("events", 10).size());
    }
  }

  @Test
  void leavesNothingBehindWhenThePortIsTaken() throws IOException {
    int port;
    try (ServerSocket other = occupy(0)) {
      port = other.getLocalPort();
      String refusal =
          assertThrows(BrokerException.class, () -> start(port, Map.of())).getMessage();
      assertTrue(refusal.startsWith("--port %d: ".formatted(port)), refusal);
    }
    start(port, Map.of()).close();
  }

  @Test
  void leavesNothingBehindWhenKafkaDoesNotStart() throws IOException {
    Path log = dir.resolve("metadata/__cluster_metadata-0");
    Files.createDirectories(log.getParent());
    Files.writeString(log, "not a folder");
    String refusal = assertThrows(BrokerException.class, this::start).getMessage();
    assertTrue(refusal.startsWith("--data %s: the broker did not start".formatted(dir)), refusal);
    Files.delete(log);
    start().close();
  }

  @Test
  void closesTwice() throws IOException {
    EmbeddedBroker broker = start();
    broker.close();
    broker.close();
    occupy(port(broker.bootstrapServers())).close();
    assertFalse(broker.failure().isDone());
  }

  @Test
  void tellsOfABreakdownAndEndsNoProcess() throws Exception {
    Path topics = dir.resolve("topics");
    try (EmbeddedBroker broker = start()) {
      Files.move(topics, dir.resolve("taken away"));
      Files.writeString(topics, "not a folder");
      new Clients(broker.bootstrapServers()).createTopic("events", 1);
      assertTrue(broker.failure().join().getMessage().startsWith("the broker broke down"));
    }
    Files.delete(topics);
    Files.move(dir.resolve("taken away"), topics);
    start().close();
  }

  private EmbeddedBroker start() {
    return start(BrokerConfig.ANY_PORT, Map.of());
  }

  private EmbeddedBroker start(int port, Map<String, String> extra) {
    return EmbeddedBroker.start(new BrokerConfig(dir, port, BrokerConfig.DEFAULT_HOST, extra));
  }

  private Process startProcess() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            BrokerProcess.class.getName(),
            dir.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static ServerSocket occupy(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }

  private static int port(String hostAndPort) {
    return Integer.parseInt(hostAndPort.substring(hostAndPort.lastIndexOf(':') + 1));
  }

  private static List<String> values(List<ConsumerRecord<String, String>> records) {
    return records.stream().map(ConsumerRecord::value).toList();
  }
}
