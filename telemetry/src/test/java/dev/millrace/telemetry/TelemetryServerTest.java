package dev.millrace.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TelemetryServerTest {
  private static final String HOST = "127.0.0.1";

  private final HttpClient client = HttpClient.newHttpClient();
  private final LateTelemetry telemetry =
      new LateTelemetry(to -> to.own(set -> set.counter("millrace_test_visits", "Visits.", 3)));
  private Health live = Health.OK;
  private Health ready = Health.OK;
  private TelemetryServer server;

  @BeforeEach
  void start() throws IOException {
    server = TelemetryServer.bind(HOST, 0, false);
    server.serve(telemetry, () -> live, () -> ready);
  }

  @AfterEach
  void stop() {
    server.close();
    telemetry.close();
    client.close();
  }

  private HttpResponse<String> ask(String method, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + HOST + ":" + server.port() + path))
            .method(method, BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private String type(String accept) throws IOException, InterruptedException {
    HttpResponse<String> answer = ask("GET", "/metrics", "Accept", accept);
    assertEquals(200, answer.statusCode());
    assertTrue(answer.body().contains("millrace_test_visits"), answer.body());
    return answer.headers().firstValue("Content-Type").orElseThrow();
  }

  @Test
  void answersInTheFormatThatIsAskedFor() throws Exception {
    HttpResponse<String> answer = ask("GET", "/metrics");
    assertTrue(answer.body().contains("\nmillrace_test_visits_total 3.0\n"), answer.body());
    assertTrue(answer.body().contains("# HELP jvm_memory_used_bytes"), answer.body());
    assertTrue(type("*/*").startsWith("text/plain; version=0.0.4"));
    assertTrue(type("text/plain;version=0.0.4").startsWith("text/plain; version=0.0.4"));
    assertTrue(type("application/openmetrics-text;version=1.0.0").startsWith("application/open"));
    assertTrue(
        type("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
            .startsWith("application/vnd.google.protobuf"));
  }

  @Test
  void saysHowTheServiceIsNow() throws Exception {
    assertEquals("ok\n", ask("GET", "/health/live").body());
    assertEquals(200, ask("GET", "/health/ready").statusCode());
    ready = Health.failing("rebalancing");
    HttpResponse<String> answer = ask("GET", "/health/ready");
    assertEquals(503, answer.statusCode());
    assertEquals("rebalancing\n", answer.body());
    assertEquals(200, ask("GET", "/health/live").statusCode());
    live = Health.failing("no thread is left");
    assertEquals("no thread is left\n", ask("GET", "/health/live").body());
    ready = Health.OK;
    assertEquals(200, ask("GET", "/health/ready").statusCode());
  }

  @Test
  void onlyReads() throws Exception {
    HttpResponse<String> answer = ask("POST", "/metrics");
    assertEquals(405, answer.statusCode());
    assertEquals("GET, HEAD", answer.headers().firstValue("Allow").orElseThrow());
    HttpResponse<String> head = ask("HEAD", "/metrics");
    assertEquals(200, head.statusCode());
    assertEquals("", head.body());
    assertTrue(head.headers().firstValueAsLong("Content-Length").orElseThrow() > 1_000);
    assertEquals(404, ask("GET", "/").statusCode());
    assertEquals(404, ask("GET", "/metrics/more").statusCode());
  }

  /// Another site's name may lead here, and a browser would take that site's scripts for ours.
  @Test
  void answersToItsAddressAndNotToAnotherSitesName() throws Exception {
    assertEquals(200, status("127.0.0.1:" + server.port()));
    assertEquals(200, status("localhost"));
    assertEquals(421, status("evil.example"));
    assertEquals(421, status("evil.example:" + server.port()));
    try (TelemetryServer named = TelemetryServer.bind("localhost", 0, false)) {
      named.serve(telemetry, () -> live, () -> ready);
      HttpRequest request = HttpRequest.newBuilder(URI.create(named.url())).build();
      assertEquals(200, client.send(request, BodyHandlers.ofString()).statusCode());
    }
  }

  /// The JDK's client does not let a caller say the name.
  private int status(String host) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write(
              ("GET /metrics HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Integer.parseInt(answer.split(" ", 3)[1]);
    }
  }

  @Test
  void oneThatIsBeingStoppedSaysSo() throws Exception {
    telemetry.close();
    HttpResponse<String> answer = ask("GET", "/metrics");
    assertEquals(503, answer.statusCode());
    assertEquals("the service is being stopped\n", answer.body());
  }

  @Test
  void anotherMachinesAddressIsNotMendedByAnotherPort() {
    BindException failure =
        assertThrows(
            BindException.class, () -> TelemetryServer.bind("192.0.2.1", 8082, true).close());
    assertTrue(failure.getMessage().contains("192.0.2.1:8082: "), failure.getMessage());
  }

  @Test
  void aPortThatIsTakenIsAnErrorUnlessAnyWillDo() throws Exception {
    int taken = server.port();
    BindException failure =
        assertThrows(BindException.class, () -> TelemetryServer.bind(HOST, taken, false).close());
    assertTrue(failure.getMessage().contains(HOST + ":" + taken), failure.getMessage());
    try (TelemetryServer other = TelemetryServer.bind(HOST, taken, true)) {
      assertNotEquals(taken, other.port());
      assertTrue(other.url().endsWith(":" + other.port() + "/metrics"), other.url());
    }
    assertThrows(
        IllegalArgumentException.class, () -> TelemetryServer.bind(HOST, 65_536, false).close());
  }

  @Test
  void aFigureThatFailsIsAnAnswerAndNoEnd() throws Exception {
    LateTelemetry broken =
        new LateTelemetry(to ->
            to.own(_ -> {
              throw new IllegalStateException("not now");
            }));
    try (TelemetryServer other = TelemetryServer.bind(HOST, 0, false)) {
      other.serve(broken, () -> Health.OK, () -> Health.OK);
      HttpRequest request = HttpRequest.newBuilder(URI.create(other.url())).build();
      assertEquals(500, client.send(request, BodyHandlers.ofString()).statusCode());
    } finally {
      broken.close();
    }
  }
}
