package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The HTTP edge as a process of its own.
class IngestIT {
  private static final String LISTENS = "ingest listens on http://127.0.0.1:";

  @TempDir private static Path folder;
  private static EmbeddedBroker broker;

  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(new BrokerConfig(folder.resolve("broker"), 0));
    Cli.runWell("topics", "create", server(), "--partitions", "2");
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private static String server() {
    return "--bootstrap-server=" + broker.bootstrapServers();
  }

  @Test
  void whatIsSentOverHttpIsInTheDatabase() throws Exception {
    Path database = folder.resolve("windows.db");
    try (Cli.Running edge = Cli.start("ingest", server(), "--port", "0");
        Cli.Running processor =
            Cli.start("processor", server(), "--state", folder.resolve("state").toString());
        Cli.Running sink =
            Cli.start("sink", server(), "--database", database.toString(), "--port", "0")) {
      int port = port(edge);
      for (int i = 0; i < 50; i++) {
        assertEquals(202, post(port, events(100)).statusCode());
      }
      // Those of the tests before this one too.
      Await.until(
          () -> requests(database) == inKafka(), () -> "in the database: " + requests(database));
      Cli.runWell("verify", "--recount", server(), "--database", database.toString());
      assertEquals(0, edge.terminate());
      assertEquals(143, processor.terminate());
      assertEquals(143, sink.terminate());
    }
  }

  private static long requests(Path database) {
    if (!Files.exists(database)) {
      return 0; // asking would make it
    }
    try {
      return new Database(database)
          .number(
              "SELECT coalesce(sum(requests), 0) FROM windows"
                  + " WHERE window_size_ms = 1000 AND service = '*'");
    } catch (SQLException e) {
      return 0; // it is about to make its table
    }
  }

  @Test
  void stoppedUnderLoadItLosesNothingThatItAccepted() throws Exception {
    long before = inKafka();
    AtomicLong accepted = new AtomicLong();
    try (Cli.Running edge = Cli.start("ingest", server(), "--port", "0")) {
      int port = port(edge);
      ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
      for (int i = 0; i < 50; i++) {
        var _ = clients.submit(() -> sendUntilRefused(port, accepted));
      }
      Await.until(() -> accepted.get() > 10_000, () -> "accepted " + accepted);
      assertEquals(0, edge.terminate());
      clients.close();
    }
    long inKafka = inKafka() - before;
    // An answer may be lost with its connection, but not an event that was answered.
    assertTrue(inKafka >= accepted.get(), inKafka + " of " + accepted.get());
  }

  private static long inKafka() {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          IntStream.range(0, 2).mapToObj(p -> new TopicPartition(Topics.REQUESTS, p)).toList();
      return consumer.endOffsets(partitions).values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private Void sendUntilRefused(int port, AtomicLong accepted) throws InterruptedException {
    while (true) {
      try {
        if (post(port, events(10)).statusCode() == 202) {
          accepted.addAndGet(10);
        }
      } catch (IOException e) {
        return null;
      }
    }
  }

  @Test
  void withoutDescriptorsItWaitsAndGoesOn() throws Exception {
    // Its own files and connections take some 150.
    try (Cli.Running edge = Cli.startWithDescriptors(400, "ingest", server(), "--port", "0")) {
      int port = port(edge);
      assertEquals(202, post(port, events(1)).statusCode());
      List<Socket> sockets = new ArrayList<>();
      try {
        for (int i = 0; i < 600; i++) {
          sockets.add(new Socket(InetAddress.getLoopbackAddress(), port));
        }
        String warning = edge.awaitLine(line -> line.contains("cannot take connections"));
        assertTrue(warning.contains("Too many open files"), warning);
      } finally {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
      try (HttpClient next = HttpClient.newHttpClient()) {
        assertEquals(
            202, next.send(request(port, events(1)), BodyHandlers.ofString()).statusCode());
      }
      assertEquals(0, edge.terminate());
    }
  }

  @Test
  void tellsWhatItDoesAndWhatIsWrong() throws Exception {
    try (Cli.Running edge = Cli.start("ingest", server(), "--port", "0", "--host", "0.0.0.0")) {
      String listens = edge.awaitLine(line -> line.startsWith("ingest listens on"));
      assertTrue(listens.contains("http://0.0.0.0:"), listens);
      String warning = edge.awaitLine(line -> line.contains("warning"));
      assertTrue(warning.contains("no --tls-cert") && warning.contains("no --api-keys"), warning);
      int port = Integer.parseInt(listens.replaceAll(".*:(\\d+);.*", "$1"));
      assertEquals(400, post(port, "nonsense\n").statusCode());
      String line = edge.awaitLine(text -> text.startsWith("events "));
      assertTrue(line.contains("accepted 0, rejected 1, failed 0, unknown 0"), line);
      Cli.Result taken = Cli.run("ingest", server(), "--port", Integer.toString(port));
      assertEquals(1, taken.code());
      assertTrue(taken.err().contains("--port " + port), taken.err());
    }
    for (String[] wrong :
        new String[][] {
          {"--max-body", "1KiB", "--max-body 1024: must be 65536 to"},
          {"--max-body", "much", "'much' is not a size"},
          {"--tls-cert", "cert.pem", "needs --tls-key too"},
          {"--kafka", "acks=1", "must stay all"},
        }) {
      Cli.Result result = Cli.run("ingest", server(), "--port", "0", wrong[0], wrong[1]);
      assertEquals(2, result.code(), result.all());
      assertTrue(result.err().contains(wrong[2]), result.err());
      assertFalse(result.err().contains("Exception"), result.err());
    }
    Cli.Result missing = Cli.run("ingest", server(), "--port", "0", "--api-keys", "nowhere");
    assertEquals("millrace: nowhere: no such file\n", missing.err());
  }

  /// Its port, once it is ready.
  private int port(Cli.Running edge) throws IOException {
    String line = edge.awaitLine(text -> text.startsWith(LISTENS));
    int port = Integer.parseInt(line.substring(LISTENS.length(), line.indexOf(';')));
    HttpRequest ready =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health/ready")).build();
    Await.until(() -> status(ready) == 200, () -> "it did not become ready");
    return port;
  }

  private int status(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private HttpResponse<String> post(int port, String body)
      throws IOException, InterruptedException {
    return http.send(request(port, body), BodyHandlers.ofString());
  }

  private static HttpRequest request(int port, String body) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/events"))
        .timeout(Duration.ofSeconds(60))
        .header("Content-Type", "application/x-ndjson")
        .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
        .build();
  }

  private static String events(int count) {
    return ("{\"time\":"
            + System.currentTimeMillis()
            + ",\"service\":\"shop\",\"route\":\"/a\",\"status\":200,\"duration_us\":9}\n")
        .repeat(count);
  }
}
