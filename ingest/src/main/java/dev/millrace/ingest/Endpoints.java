package dev.millrace.ingest;

import dev.millrace.telemetry.Health;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// What the edge answers to which path.
final class Endpoints {
  private static final String EVENTS = "/v1/events";
  private static final String LIVE = "/health/live";
  private static final String READY = "/health/ready";
  private static final String METRICS = "/metrics";
  private static final String OPENAPI = "/openapi.yaml";

  private final EventsEndpoint events;
  private final Readiness readiness;
  private final MetricsText metrics;

  /// What `/metrics` answers.
  interface MetricsText {
    /// In Prometheus's text format.
    String write() throws InterruptedException;
  }

  Endpoints(EventsEndpoint events, Readiness readiness, MetricsText metrics) {
    this.events = events;
    this.readiness = readiness;
    this.metrics = metrics;
  }

  /// @throws Refusal if nothing is done
  Answer answer(RequestHead head, RequestBody body)
      throws IOException, InterruptedException, Refusal {
    return switch (head.path()) {
      case EVENTS -> {
        requireMethod(head, "POST");
        yield events.post(head, body);
      }
      case LIVE, READY, METRICS, OPENAPI -> {
        if (!head.method().equals("HEAD")) {
          requireMethod(head, "GET");
        }
        yield read(head.path());
      }
      default ->
          throw new Refusal(
              404,
              "there is "
                  + String.join(", ", EVENTS, LIVE, READY, METRICS, OPENAPI)
                  + ", and nothing else");
    };
  }

  private static void requireMethod(RequestHead head, String method) throws Refusal {
    if (!head.method().equals(method)) {
      throw new Refusal(
          405,
          head.path() + " takes " + method,
          Map.of("Allow", method.equals("GET") ? "GET, HEAD" : method));
    }
  }

  private Answer read(String path) throws InterruptedException {
    return switch (path) {
      case READY -> health(readiness.check());
      case METRICS ->
          new Answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.write(), Map.of());
      case OPENAPI -> new Answer(200, "application/yaml", openApi(), Map.of());
      default -> health(Health.OK);
    };
  }

  private static Answer health(Health health) {
    return new Answer(health.ok() ? 200 : 503, Answer.TEXT, health.text() + "\n", Map.of());
  }

  private static String openApi() {
    try (InputStream in = Endpoints.class.getResourceAsStream("openapi.yaml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("openapi.yaml", e);
    }
  }
}
