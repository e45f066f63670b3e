package dev.millrace.ingest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Serves `/health/live` and `/health/ready`: 200 if all is well, 503 and the cause if not.
public final class IngestServer implements AutoCloseable {
  private static final int OK = 200;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int UNAVAILABLE = 503;

  private final HttpServer server;
  private final KafkaCheck kafka;
  private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();

  private interface Check {
    Health check() throws InterruptedException;
  }

  private IngestServer(HttpServer server, KafkaCheck kafka) {
    this.server = server;
    this.kafka = kafka;
  }

  /// Begins to listen.
  ///
  /// @throws IOException if the port is taken; the message names it
  public static IngestServer start(IngestConfig config) throws IOException {
    HttpServer http;
    try {
      http = HttpServer.create(new InetSocketAddress(config.host(), config.port()), 0);
    } catch (IOException e) {
      throw new IOException(
          "--port " + config.port() + " on " + config.host() + ": " + e.getMessage(), e);
    }
    IngestServer server = new IngestServer(http, new KafkaCheck(config));
    server.serve("/health/live", () -> Health.OK);
    server.serve("/health/ready", server.kafka::check);
    http.setExecutor(server.handlers);
    http.start();
    return server;
  }

  private void serve(String path, Check check) {
    server.createContext(path, exchange -> answer(exchange, check));
  }

  private static void answer(HttpExchange exchange, Check check) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET");
        exchange.sendResponseHeaders(METHOD_NOT_ALLOWED, -1);
        return;
      }
      Health health = check.check();
      byte[] body = ((health.ok() ? "ok" : health.cause()) + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      exchange.sendResponseHeaders(health.ok() ? OK : UNAVAILABLE, body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The port that it listens on.
  public int port() {
    return server.getAddress().getPort();
  }

  /// Stops listening.
  @Override
  public void close() {
    server.stop(0);
    handlers.shutdownNow();
    kafka.close();
  }
}
