package dev.millrace.benchmarks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.events.EventScanner;
import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import dev.millrace.ingest.HttpLimits;
import dev.millrace.ingest.IngestConfig;
import dev.millrace.ingest.IngestServer;
import dev.millrace.ingest.TurnPartitioner;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// An HTTP server that takes events into Kafka, in a process of its own: prints its port, and
/// serves until its input ends.
final class EdgeProcess {
  /// The JDK's own server, on virtual threads.
  static final String JDK = "jdk";

  private static final String ANY_NUMBER = "1000000";

  private EdgeProcess() {}

  /// Arguments: whose server, Kafka's address, connections and bytes in flight at the most.
  public static void main(String[] args) {
    // For both alike.
    IngestServer.leaveProcessorsToKafka();
    ChildInput.run(end -> {
      if (args[0].equals(JDK)) {
        jdk(args[1], end);
      } else {
        millrace(args[1], Integer.parseInt(args[2]), Long.parseLong(args[3]), end);
      }
    });
  }

  private static void millrace(
      String bootstrapServers, int connections, long inFlight, ChildInput end)
      throws IOException, InterruptedException {
    IngestConfig usual = IngestConfig.of(bootstrapServers, 0);
    IngestConfig config =
        new IngestConfig(
            bootstrapServers,
            usual.host(),
            0,
            new HttpLimits(
                inFlight,
                HttpLimits.DEFAULT_MAX_BODY,
                connections,
                connections,
                HttpLimits.DEFAULT_HEADER_TIMEOUT,
                HttpLimits.DEFAULT_BODY_TIMEOUT,
                Duration.ofMinutes(10)),
            usual.maxFutureSkew(),
            usual.kafkaTimeout(),
            usual.deliveryTimeout(),
            Optional.empty(),
            Optional.empty(),
            Map.of());
    try (IngestServer server = IngestServer.start(config)) {
      serveUntil(end, server.port());
    }
  }

  private static void serveUntil(ChildInput end, int port) throws InterruptedException {
    System.out.println(port);
    while (!end.await(Long.MAX_VALUE)) {}
  }

  /// The same work with nothing around it: no limits, no deadlines, no answers to broken requests.
  private static void jdk(String bootstrapServers, ChildInput end)
      throws IOException, InterruptedException {
    // It reads them once. By default it closes connections that are idle when there are over 200.
    System.setProperty("sun.net.httpserver.maxIdleConnections", ANY_NUMBER);
    System.setProperty("sun.net.httpserver.nodelay", "true");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "acks",
                "all",
                "compression.type",
                "lz4",
                "linger.ms",
                3,
                "batch.size",
                128 << 10,
                "partitioner.class",
                TurnPartitioner.class,
                "buffer.memory",
                96L << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      var _ = producer.partitionsFor(Topics.REQUESTS);
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4_096);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      RequestEventCodec codec = new RequestEventCodec();
      server.createContext("/v1/events", exchange -> take(exchange, codec, producer));
      server.start();
      serveUntil(end, server.getAddress().getPort());
      server.stop(0);
    }
  }

  // The callback is told all that the future would know.
  @SuppressWarnings("FutureReturnValueIgnored")
  private static void take(
      HttpExchange exchange, RequestEventCodec codec, KafkaProducer<byte[], byte[]> producer)
      throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      EventScanner scanner = new EventScanner(codec);
      int events = 0;
      for (byte b : body) {
        events += b == '\n' ? 1 : 0;
      }
      CountDownLatch open = new CountDownLatch(events);
      AtomicInteger failed = new AtomicInteger();
      for (int from = 0, to = 0; to < body.length; to++) {
        if (body[to] == '\n') {
          scanner.scan(body, from, to);
          producer.send(
              new ProducerRecord<>(
                  Topics.REQUESTS, null, scanner.time(), null, Arrays.copyOfRange(body, from, to)),
              (_, e) -> {
                if (e != null) {
                  failed.incrementAndGet();
                }
                open.countDown();
              });
          from = to + 1;
        }
      }
      open.await();
      answer(exchange, failed.get() == 0 ? 202 : 503, "{\"accepted\":" + events + "}\n");
    } catch (InvalidEventException e) {
      answer(exchange, 400, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
