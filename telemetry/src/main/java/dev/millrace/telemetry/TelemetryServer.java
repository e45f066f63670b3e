package dev.millrace.telemetry;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers `/metrics`, `/health/live` and `/health/ready` for a service that has no HTTP server of
/// its own. Reads only.
public final class TelemetryServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TelemetryServer.class);
  private static final Set<String> METHODS = Set.of("GET", "HEAD");
  private static final String TEXT = "text/plain; charset=utf-8";

  private final HttpServer server;
  private final OwnNames names;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory());

  private TelemetryServer(HttpServer server, OwnNames names) {
    this.server = server;
    this.names = names;
  }

  /// Takes the port. Who connects waits until [#serve].
  ///
  /// @param host an address of this machine, or its name; it answers to that name, to addresses and
  ///   to `localhost`
  /// @param port 0 for any
  /// @param orAnyPort whether any other port will do if that one is taken
  /// @throws IOException if the port cannot be had; the message names it and says what to do
  public static TelemetryServer bind(String host, int port, boolean orAnyPort) throws IOException {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "port " + port + " for metrics and health: must be 0 to 65535, 0 for any");
    }
    ServerLimits.set();
    // An unknown host says so itself.
    InetAddress address = InetAddress.getByName(host);
    OwnNames names = new OwnNames(host);
    try {
      return new TelemetryServer(HttpServer.create(new InetSocketAddress(address, port), 0), names);
    } catch (BindException e) {
      if (orAnyPort && isOfThisMachine(address)) {
        return bind(host, 0, false);
      }
      throw (BindException)
          new BindException(
                  "no metrics and health on %s:%d: %s; choose another port, or 0 for any"
                      .formatted(host, port, e.getMessage()))
              .initCause(e);
    }
  }

  /// If it is not, it is not the port that is wrong.
  private static boolean isOfThisMachine(InetAddress address) throws SocketException {
    return address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || NetworkInterface.getByInetAddress(address) != null;
  }

  /// Begins to answer.
  ///
  /// @param telemetry stays the caller's to close, after this
  /// @param live whether the process can still do its work; if not, only a new start helps
  /// @param ready whether it does its work now
  public void serve(LateTelemetry telemetry, Supplier<Health> live, Supplier<Health> ready) {
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try {
            answer(exchange, telemetry, live, ready);
          } catch (StoppingException e) {
            send(exchange, 503, e.getMessage());
          } catch (RuntimeException e) {
            LOG.warn("could not answer {}", exchange.getRequestURI(), e);
            if (exchange.getResponseCode() == -1) {
              send(exchange, 500, "this failed, and the log says why");
            }
          } finally {
            exchange.close();
          }
        });
    server.start();
    telemetry.prepare();
  }

  private void answer(
      HttpExchange exchange, LateTelemetry telemetry, Supplier<Health> live, Supplier<Health> ready)
      throws IOException {
    if (!METHODS.contains(exchange.getRequestMethod())) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      send(exchange, 405, "this can only be read");
      return;
    }
    if (!names.include(exchange.getRequestHeaders().getFirst("Host"))) {
      send(
          exchange,
          421,
          "this goes by localhost, by an IP address, or by the name given as host to listen on");
      return;
    }
    switch (exchange.getRequestURI().getPath()) {
      case "/metrics" -> {
        Exposition metrics = telemetry.scrape(exchange.getRequestHeaders().getFirst("Accept"));
        send(exchange, 200, metrics.contentType(), metrics.body());
      }
      case "/health/live" -> send(exchange, live.get());
      case "/health/ready" -> send(exchange, ready.get());
      default ->
          send(exchange, 404, "there is /metrics, /health/live, /health/ready, and nothing else");
    }
  }

  private static void send(HttpExchange exchange, Health health) throws IOException {
    send(exchange, health.ok() ? 200 : 503, health.text());
  }

  private static void send(HttpExchange exchange, int status, String sentence) throws IOException {
    send(exchange, status, TEXT, (sentence + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cache-Control", "no-store");
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  /// Where it listens.
  public int port() {
    return server.getAddress().getPort();
  }

  /// Where the metrics are.
  public String url() {
    InetAddress address = server.getAddress().getAddress();
    String host = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
    return "http://%s:%d/metrics".formatted(host.contains(":") ? "[" + host + "]" : host, port());
  }

  /// Ends all connections.
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
