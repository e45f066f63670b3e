package dev.millrace.sink;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.events.JsonRecords;
import dev.millrace.telemetry.Exposition;
import dev.millrace.telemetry.ServerLimits;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves the page, and what it asks for. Reads only. Nobody who looks at it can hold up the sink:
/// that leaves its rows with [LiveFeed] and goes on.
public final class PageServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PageServer.class);
  private static final JsonRecords<PipelineStatus> STATUSES =
      new JsonRecords<>(PipelineStatus.class);

  /// Rows are told that often: fast enough to look live, and one message for all of a second.
  private static final long FLUSH_MS = 200;

  private static final long STATUS_MS = 1_000;

  private final HttpServer server;
  private final String host;
  private final SinkTelemetry telemetry;
  private final PipelineWatch watch;
  private final ExecutorService threads;
  private final Map<String, HttpHandler> handlers = new ConcurrentHashMap<>();
  private final LiveFeed feed = new LiveFeed();
  private final ScheduledExecutorService clock =
      Executors.newScheduledThreadPool(
          2, Thread.ofPlatform().daemon().name("millrace-page-", 0).factory());

  private PageServer(HttpServer server, String host, SinkTelemetry telemetry, PipelineWatch watch) {
    this.server = server;
    this.host = host;
    this.telemetry = telemetry;
    this.watch = watch;
    // A thread for each open stream.
    this.threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory());
  }

  /// Starts to listen, and has the sink tell what it writes.
  ///
  /// @param config where to listen
  /// @param sinkConfig the sink's, to find its Kafka
  /// @param sink whose rows and health are shown
  /// @param database where its rows are; stays the caller's to close, after this
  /// @param sent how many events a load generator in this process has sent; empty if that is not
  ///   known
  /// @throws SinkException if the port cannot be had
  public static PageServer start(
      PageConfig config,
      SinkConfig sinkConfig,
      SinkRunner sink,
      PageDatabase database,
      Supplier<OptionalLong> sent) {
    ServerLimits.set();
    PageServer page =
        new PageServer(
            listen(config),
            config.host(),
            new SinkTelemetry(sink),
            new PipelineWatch(sinkConfig, sink, database, config.applicationId(), sent));
    PageApi api = new PageApi(database, page.feed, sink::health);
    page.handle("/metrics", page::metrics);
    PageAssets.paths().forEach(path -> page.handle(path, PageAssets::serve));
    page.handle("/api/course", api::course);
    page.handle("/api/series", api::series);
    page.handle("/api/stream", api::stream);
    page.handle("/health/ready", api::ready);
    page.handle("/health/live", api::live);
    page.serve();
    sink.tell((rows, complete) -> {
      page.telemetry.windows().add(rows);
      page.feed.written(rows, complete);
    });
    return page;
  }

  private static HttpServer listen(PageConfig config) {
    InetAddress address;
    try {
      address = InetAddress.getByName(config.host());
    } catch (UnknownHostException e) {
      throw new SinkException(
          "--host " + config.host() + ": no such host; give an address of this machine", e);
    }
    try {
      return HttpServer.create(new InetSocketAddress(address, config.port()), 0);
    } catch (BindException e) {
      if (config.orAnyPort() && config.port() != 0) {
        return listen(new PageConfig(config.host(), 0, false, config.applicationId()));
      }
      throw new SinkException(
          "no page on %s:%d: %s; choose another port, 0 for any, or leave the page out with --no-page"
              .formatted(config.host(), config.port(), e.getMessage()),
          e);
    } catch (IOException e) {
      throw new SinkException(
          "no page on %s:%d: %s".formatted(config.host(), config.port(), e.getMessage()), e);
    }
  }

  private void serve() {
    server.setExecutor(threads);
    server.createContext("/", this::dispatch).getFilters().add(new PageGuard(host));
    server.start();
    telemetry.prepare();
    var _ =
        clock.scheduleWithFixedDelay(
            () -> logged(feed::flush), FLUSH_MS, FLUSH_MS, TimeUnit.MILLISECONDS);
    var _ =
        clock.scheduleWithFixedDelay(
            () -> logged(this::tellStatus), 0, STATUS_MS, TimeUnit.MILLISECONDS);
  }

  private void tellStatus() {
    // Nobody is asked anything for a page that nobody has open.
    if (!feed.isHeard()) {
      return;
    }
    try {
      feed.tell(LiveFeed.message("status", STATUSES.encode(watch.look())));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// A task that throws would not be run again.
  private static void logged(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.warn("the page could not be told what is new", e);
    }
  }

  /// Has a path answered by something else: `/metrics`, say. It can only be read (GET and HEAD).
  ///
  /// @param path the whole path
  public void handle(String path, HttpHandler handler) {
    handlers.put(path, handler);
  }

  private void metrics(HttpExchange exchange) throws IOException {
    Exposition exposition = telemetry.scrape(exchange.getRequestHeaders().getFirst("Accept"));
    PageAnswer.send(exchange, 200, exposition.contentType(), exposition.body());
  }

  private void dispatch(HttpExchange exchange) throws IOException {
    HttpHandler handler = handlers.get(exchange.getRequestURI().getPath());
    if (handler == null) {
      PageAnswer.error(exchange, 404, "there is nothing here; the page is at /");
    } else {
      handler.handle(exchange);
    }
  }

  /// Whether anybody has the page open.
  boolean isHeard() {
    return feed.isHeard();
  }

  /// Where the page is.
  public String url() {
    InetSocketAddress address = server.getAddress();
    String name = address.getAddress().isAnyLocalAddress() ? PageConfig.DEFAULT_HOST : host;
    return "http://%s:%d/"
        .formatted(name.contains(":") ? "[" + name + "]" : name, address.getPort());
  }

  /// Ends all connections.
  @Override
  public void close() {
    feed.close();
    server.stop(0);
    threads.shutdownNow();
    clock.shutdownNow();
    telemetry.close();
    try {
      if (clock.awaitTermination(10, TimeUnit.SECONDS)) {
        watch.close();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
