package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.Topics;
import dev.millrace.processor.ProcessorConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `docker-compose.yml`, for real: what is sent over HTTP is in PostgreSQL, whoever is killed
/// meanwhile. Grafana is left out, which nothing here passes through.
@Timeout(900)
class ComposeIT {
  private static final String[] SERVICES = {
    "kafka", "topics", "ingest", "processor", "sink", "postgres", "prometheus"
  };

  /// Containers share the machine with all other tests.
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private static Path folder;
  private static ComposeProject compose;

  @RegisterExtension
  private static final AfterTestExecutionCallback EXPLAIN =
      context -> {
        if (context.getExecutionException().isPresent()) {
          System.err.println(context.getDisplayName() + " has failed:\n" + compose.state());
        }
      };

  @BeforeAll
  static void start() throws Exception {
    Docker.assumeThere(List.of());
    assumeTrue(
        Docker.run(Map.of(), "compose", "version").code() == 0, "there is no Docker Compose");
    compose = new ComposeProject("millrace-test-" + ProcessHandle.current().pid());
    try {
      List<String> images =
          compose
              .run("config", "--images", "kafka", "postgres", "prometheus")
              .lines()
              .filter(image -> !image.startsWith("millrace:"))
              .toList();
      Docker.assumeThere(images);
      compose.run("build");
      compose.up(SERVICES);
    } catch (IOException | RuntimeException | AssertionError e) {
      System.err.println(compose.state());
      compose.delete();
      throw e;
    }
  }

  @AfterAll
  static void stop() throws Exception {
    if (compose != null) {
      compose.delete();
    }
  }

  @Test
  void whatIsSentOverHttpIsInPostgres() throws Exception {
    long before = inKafka();
    try (Cli.Running load = load("plain", "2k", "5s")) {
      assertEquals(0, load.exitCode(), "not all was acknowledged");
    }
    assertEquals(10_000, inKafka() - before);
    assertAllIsCounted("plain", before);
  }

  @Test
  void prometheusReadsAllServicesAndThePageAnswers() throws Exception {
    String up = "count(count by (job) (up{job=~\"ingest|processor|sink\"} == 1))";
    URI ask =
        URI.create(
            "http://"
                + compose.address("PROMETHEUS_PORT")
                + "/api/v1/query?query="
                + URLEncoder.encode(up, StandardCharsets.UTF_8));
    Await.until(
        PATIENCE,
        () -> get(ask).replaceAll(".*\"value\":\\[[^,]*,\"(\\d+)\"].*", "$1").equals("3"),
        () -> get(ask));
    String page = get(URI.create("http://" + compose.address("PAGE_PORT") + "/"));
    assertTrue(page.contains("<title>Millrace"), page);
  }

  private static String get(URI uri) {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Test
  void threeProcessorsShareTheWorkAndTwoDoThatOfAThird() throws Exception {
    compose.up("--scale", "processor=3", "processor");
    Await.until(PATIENCE, () -> processors() == 3, () -> processors() + " processors have work");
    long before = inKafka();
    try (Cli.Running load = load("scaled", "1k", "20s")) {
      awaitEvents(before + 2_000);
      compose.kill("processor", 2);
      assertEquals(0, load.exitCode(), "not all was acknowledged");
    }
    assertAllIsCounted("scaled", before);
    // With their volumes, which scaling in would leave behind.
    compose.run("rm", "--stop", "--force", "--volumes", "processor");
    compose.up("processor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"processor", "sink", "postgres", "ingest", "kafka", "prometheus"})
  void nothingIsLostOrDoubledIfOneIsKilled(String service) throws Exception {
    long before = inKafka();
    try (Cli.Running load = load(service, "1k", "20s")) {
      awaitEvents(before + 2_000);
      compose.kill(service, 1);
      compose.up(service);
      // While edge or Kafka are away, events fail; the ledger says which.
      int code = load.exitCode();
      assertTrue(code == 0 || code == 1, () -> "exit code " + code);
    }
    assertAllIsCounted(service, before);
  }

  /// Starts a run of the load generator, over HTTP.
  private static Cli.Running load(String name, String rate, String duration) throws IOException {
    return Cli.start(
        "loadgen",
        "--target=http://" + compose.address("INGEST_PORT"),
        "--rate=" + rate,
        "--duration=" + duration,
        "--no-e2e",
        "--run=" + folder.resolve(name));
  }

  private static void awaitEvents(long events) {
    Await.until(PATIENCE, () -> inKafka() >= events, () -> "in Kafka: " + inKafka());
  }

  /// Each event that is in Kafka is in one window of each size and level, late, or a dead letter;
  /// all of a run's that were answered with 202 are in Kafka, and none that was not sent; and each
  /// row says of them what was sent.
  ///
  /// @param before events that were in Kafka before the run
  private static void assertAllIsCounted(String run, long before) throws Exception {
    long inKafka = inKafka();
    long elsewhere = lateOrDead();
    Await.until(
        PATIENCE,
        () -> counts().equals(Collections.nCopies(9, inKafka - elsewhere)),
        () -> "in Kafka " + inKafka + ", elsewhere " + elsewhere + ", counted " + counts());
    Path ledger = folder.resolve(run).resolve("ledger.ndjson");
    LedgerTotals sent = LedgerFile.read(ledger).totals().orElseThrow();
    long came = inKafka - before;
    assertTrue(
        sent.acknowledged() <= came && came <= sent.acknowledged() + sent.unknown(),
        sent + ", and in Kafka are " + came);
    verify(ledger);
  }

  /// Compares what a ledger has with PostgreSQL, where that is to be reached and its password is
  /// known: in a container with the sink's settings.
  private static void verify(Path ledger) throws Exception {
    String inside = "/ledger.ndjson";
    compose.run(
        "run",
        "--rm",
        "--no-deps",
        "--no-TTY",
        "--volume=" + ledger + ":" + inside + ":ro",
        "sink",
        "verify",
        inside);
  }

  /// Requests in PostgreSQL, by all windows of one size and level: total, services, routes.
  private static List<Long> counts() {
    try {
      return compose
          .psql(
              "SELECT sum(requests) FROM windows GROUP BY window_size_ms, service = '*', route = '*'")
          .lines()
          .map(Long::valueOf)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static long lateOrDead() {
    try (Results results = new Results(compose.address("KAFKA_PORT"))) {
      results.drain();
      return results.lateInAll() + results.deadLetters().size();
    }
  }

  /// Records that were ever written to `requests`.
  private static long inKafka() {
    try (Admin admin = admin()) {
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      admin
          .describeTopics(List.of(Topics.REQUESTS))
          .allTopicNames()
          .get()
          .get(Topics.REQUESTS)
          .partitions()
          .forEach(partition ->
              ends.put(
                  new TopicPartition(Topics.REQUESTS, partition.partition()), OffsetSpec.latest()));
      return admin.listOffsets(ends).all().get().values().stream()
          .mapToLong(ListOffsetsResult.ListOffsetsResultInfo::offset)
          .sum();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /// How many containers have partitions to read.
  private static long processors() {
    String group = ProcessorConfig.DEFAULT_APPLICATION_ID;
    try (Admin admin = admin()) {
      return admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().stream()
          .filter(member -> !member.assignment().topicPartitions().isEmpty())
          .map(MemberDescription::host)
          .distinct()
          .count();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", compose.address("KAFKA_PORT")));
  }
}
