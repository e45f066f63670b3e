package dev.millrace.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A Kafka that asks for passwords and lets nobody do anything that was not allowed: each service
/// with a user of its own, and the rights that docs/operations.md gives it.
class AclIT {
  private static final String ADMIN = "admin";
  private static final List<String> SERVICES = List.of("topics", "ingest", "processor", "sink");
  private static final int EVENTS = 500;

  @TempDir private static Path folder;

  private static EmbeddedBroker broker;
  private static Admin admin;
  private static List<AclBinding> acls;

  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void startBroker() throws Exception {
    broker =
        EmbeddedBroker.start(
            new BrokerConfig(folder.resolve("broker"), 0, BrokerConfig.DEFAULT_HOST, settings()));
    admin = Admin.create(login(ADMIN));
    acls = DocumentedAcls.read();
    admin.createAcls(acls).all().get();
    Await.until(AclIT::areInForce, () -> "the ACLs are not in force");
    for (String service : SERVICES) {
      List<String> lines = new ArrayList<>();
      login(user(service)).forEach((name, value) -> lines.add(name + "=" + value));
      lines.removeIf(line -> line.startsWith("bootstrap.servers"));
      Files.write(folder.resolve(service + ".properties"), lines);
    }
  }

  @AfterAll
  static void stopBroker() {
    if (admin != null) {
      admin.close();
    }
    broker.close();
  }

  /// The listener that has no passwords otherwise has them, and the controller's, which is on this
  /// machine only, has none.
  private static Map<String, String> settings() {
    StringBuilder users = new StringBuilder("username=\"admin\" password=\"admin-secret\"");
    users.append(" user_admin=\"admin-secret\"");
    SERVICES.forEach(
        service -> users.append(" user_%s=\"%s-secret\"".formatted(user(service), user(service))));
    return Map.of(
        "listener.security.protocol.map",
        "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listener.name.plaintext.sasl.enabled.mechanisms",
        "PLAIN",
        "sasl.mechanism.inter.broker.protocol",
        "PLAIN",
        "listener.name.plaintext.plain.sasl.jaas.config",
        "org.apache.kafka.common.security.plain.PlainLoginModule required " + users + ";",
        "authorizer.class.name",
        WatchingAuthorizer.class.getName(),
        "super.users",
        "User:admin;User:ANONYMOUS");
  }

  private static String user(String service) {
    return "millrace-" + service;
  }

  private static Map<String, Object> login(String user) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", broker.bootstrapServers());
    settings.put("security.protocol", "SASL_PLAINTEXT");
    settings.put("sasl.mechanism", "PLAIN");
    settings.put(
        "sasl.jaas.config",
        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s-secret\";"
            .formatted(user, user));
    return settings;
  }

  private static boolean areInForce() {
    try {
      return admin.describeAcls(AclBindingFilter.ANY).values().get().containsAll(acls);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static String[] as(String service, String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.add("--bootstrap-server=" + broker.bootstrapServers());
    words.add("--kafka-config=" + folder.resolve(service + ".properties"));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  @Test
  void theDocumentedRightsAreEnoughAndEachIsNeeded() throws Exception {
    assertEachSaysWhatIsMissingWithoutTopicsAndRights();
    WatchingAuthorizer.DENIED.clear();
    WatchingAuthorizer.ALLOWED.clear();
    Cli.runWell(as("topics", "topics create", "--partitions", "2"));
    // The second time it only looks.
    Cli.runWell(as("topics", "topics create", "--partitions", "2"));
    Path database = folder.resolve("windows.db");
    runAll(database);
    // A second start finds what the first has left behind.
    runAll(database);
    assertEquals(Set.of(), new HashSet<>(WatchingAuthorizer.DENIED));
    assertEquals(List.of(), notNeeded());
  }

  private void runAll(Path database) throws Exception {
    long before = Files.exists(database) ? requests(database) : 0;
    // One after the other: each gives up on a Kafka that does not answer within seconds.
    try (Cli.Running edge = Cli.start(as("ingest", "ingest", "--port", "0"))) {
      String edgeUrl =
          edge.awaitLine(line -> line.startsWith("ingest listens on"))
              .replaceAll(".*(http://[^;]*);.*", "$1");
      Await.until(() -> get(edgeUrl + "/health/ready").statusCode() == 200, () -> edgeUrl);
      try (Cli.Running processor =
          Cli.start(as("processor", "processor", "--state", folder.resolve("state").toString()))) {
        processor.awaitLine(line -> line.startsWith("processor started"));
        try (Cli.Running sink =
            Cli.start(as("sink", "sink", "--database", database.toString(), "--port", "0"))) {
          String page =
              sink.awaitLine(line -> line.startsWith("page: ")).substring("page: ".length());
          send(edgeUrl);
          sendALateEventAndADeadLetter();
          Await.until(
              () -> Files.exists(database) && requests(database) >= before + EVENTS,
              () -> "in the database: " + requests(database));
          assertPageKnowsAll(page);
          assertEquals(0, edge.terminate());
          processor.terminate();
          sink.terminate();
        }
      }
    }
  }

  private void send(String edge) throws Exception {
    String event =
        "{\"time\":%d,\"service\":\"a\",\"route\":\"/\",\"status\":200}\n"
            .formatted(System.currentTimeMillis());
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create(edge + "/v1/events"))
                .header("Content-Type", "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofString(event.repeat(EVENTS)))
                .build(),
            BodyHandlers.ofString());
    assertEquals(202, answer.statusCode(), answer.body());
  }

  /// Behind the events in each of the partitions.
  private static void sendALateEventAndADeadLetter() throws Exception {
    long now = System.currentTimeMillis();
    String event = "{\"time\":%d,\"service\":\"a\",\"route\":\"/\",\"status\":200}";
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(login(ADMIN), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int partition = 0; partition < 2; partition++) {
        for (String value :
            List.of(event.formatted(now), event.formatted(now - 3_600_000), "no event")) {
          producer
              .send(
                  new ProducerRecord<>(
                      Topics.REQUESTS, partition, now, null, value.getBytes(UTF_8)))
              .get();
        }
      }
    }
  }

  /// Asks Kafka for what the page shows of others: lag, late events, dead letters.
  private void assertPageKnowsAll(String page) throws Exception {
    HttpResponse<InputStream> stream =
        http.send(
            HttpRequest.newBuilder(URI.create(page).resolve("/api/stream")).build(),
            BodyHandlers.ofInputStream());
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), UTF_8))) {
      String status = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains("\"dead_lettered\"")) {
          status = line;
          if (!line.contains("\"dead_lettered\":null")) {
            break;
          }
        }
      }
      assertTrue(status.contains("\"problem\":\"\""), status);
    }
  }

  private static long requests(Path database) {
    try {
      return new Database(database)
          .number(
              "SELECT coalesce(sum(requests), 0) FROM windows"
                  + " WHERE window_size_ms = 1000 AND service = '*'");
    } catch (SQLException e) {
      return 0; // it is about to make its table
    }
  }

  private HttpResponse<String> get(String url) {
    try {
      return http.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /// Those without which nothing that was done would have been refused.
  private static List<AclBinding> notNeeded() {
    Set<WatchingAuthorizer.Request> done = new HashSet<>(WatchingAuthorizer.ALLOWED);
    return acls.stream()
        .filter(acl ->
            done.stream()
                .noneMatch(request ->
                    acls.stream()
                        .filter(other -> DocumentedAcls.allows(other, request))
                        .toList()
                        .equals(List.of(acl))))
        .toList();
  }

  /// With another service's user, each has too few rights.
  private void assertEachSaysWhatIsMissingWithoutTopicsAndRights() throws Exception {
    for (String command : List.of("topics create", "processor", "sink")) {
      Cli.Result result = Cli.run(as("ingest", command));
      assertEquals(1, result.code(), result.all());
      assertTrue(result.err().contains("uthorization"), result.all());
      assertEquals(1, result.err().lines().count(), result.all());
    }
    assertNotEquals(List.of(), List.copyOf(WatchingAuthorizer.DENIED));
    assertTrue(
        WatchingAuthorizer.DENIED.stream()
            .anyMatch(request -> request.operation() == AclOperation.CREATE),
        WatchingAuthorizer.DENIED.toString());
    try (Cli.Running edge = Cli.start(as("topics", "ingest", "--port", "0"))) {
      String why = edge.awaitLine(line -> line.startsWith("not ready: "));
      assertTrue(why.contains("requests"), why);
    }
  }
}
