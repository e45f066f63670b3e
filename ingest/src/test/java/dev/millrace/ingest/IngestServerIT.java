package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IngestServerIT {
  @TempDir private Path folder;

  @Test
  void isReadyWhileKafkaAnswersAndTellsWhenItDoesNot() throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(new BrokerConfig(folder, 0));
    try (IngestServer server = IngestServer.start(config(broker.bootstrapServers(), 0))) {
      assertEquals(200, get(server, "/health/live").statusCode());
      assertEquals(200, get(server, "/health/ready").statusCode());
      broker.close();
      HttpResponse<String> ready = get(server, "/health/ready");
      assertEquals(503, ready.statusCode());
      assertTrue(ready.body().contains(broker.bootstrapServers()), ready.body());
      assertEquals(200, get(server, "/health/live").statusCode());
    } finally {
      broker.close();
    }
  }

  @Test
  void aTakenPortIsNamed() throws Exception {
    try (IngestServer first = IngestServer.start(config("127.0.0.1:1", 0))) {
      IOException e =
          assertThrows(
              IOException.class, () -> IngestServer.start(config("127.0.0.1:1", first.port())));
      assertTrue(e.getMessage().contains("--port " + first.port()), e.getMessage());
    }
  }

  private static IngestConfig config(String bootstrapServers, int port) {
    return new IngestConfig(
        bootstrapServers, IngestConfig.DEFAULT_HOST, port, Duration.ofSeconds(1), Map.of());
  }

  private static HttpResponse<String> get(IngestServer server, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
