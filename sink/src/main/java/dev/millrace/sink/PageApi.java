package dev.millrace.sink;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.Series;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/// Answers what the page asks. All of it is in docs/sink.md.
final class PageApi {
  private static final JsonRecords<Course> COURSES = new JsonRecords<>(Course.class);
  private static final JsonRecords<SeriesTable> TABLES = new JsonRecords<>(SeriesTable.class);

  /// A comment that keeps proxies from taking a quiet stream for a dead one.
  private static final byte[] STILL_HERE = ": still here\n\n".getBytes(StandardCharsets.UTF_8);

  private static final long QUIET_MS = 10_000;

  private final PageDatabase database;
  private final LiveFeed feed;
  private final Supplier<SinkHealth> health;

  PageApi(PageDatabase database, LiveFeed feed, Supplier<SinkHealth> health) {
    this.database = database;
    this.feed = feed;
    this.health = health;
  }

  /// One series over time.
  void course(HttpExchange exchange) throws IOException {
    PageQuery query = PageQuery.of(exchange.getRequestURI());
    Series series = query.series();
    Course course =
        ask(connection -> {
          PageQuery.Span span = query.span(end(CourseQuery.newestEnd(connection)));
          return CourseQuery.read(connection, series, span.from(), span.to());
        });
    PageAnswer.json(exchange, 200, COURSES.encode(course));
  }

  /// All series, over a span or, if none is given, the last minute.
  void series(HttpExchange exchange) throws IOException {
    PageQuery query = PageQuery.of(exchange.getRequestURI());
    SeriesTable table =
        ask(connection -> {
          long end = end(CourseQuery.newestEnd(connection));
          if (query.values().isEmpty()) {
            return SeriesTableQuery.lastMinute(connection, end);
          }
          PageQuery.Span span = query.span(end);
          return SeriesTableQuery.span(connection, span.from(), span.to());
        });
    PageAnswer.json(exchange, 200, TABLES.encode(table));
  }

  /// Where time ends that has no windows yet: now.
  private static long end(Long newestEnd) {
    return newestEnd == null ? System.currentTimeMillis() / 1000 * 1000 : newestEnd;
  }

  private <T> T ask(PageDatabase.Query<T> query) throws IOException {
    try {
      return database.ask(query);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("the page is closing").initCause(e);
    }
  }

  /// Server-sent events, until somebody ends it: `rows` as they are written, `status` every second,
  /// and `reload` when rows were left out and the database has to be asked.
  void stream(HttpExchange exchange) throws IOException {
    Series series = PageQuery.of(exchange.getRequestURI()).series();
    if (exchange.getRequestMethod().equals("HEAD")) {
      PageAnswer.send(exchange, 200, "text/event-stream", new byte[0]);
      return;
    }
    Optional<LiveFeed.Listener> joined = feed.join(series);
    if (joined.isEmpty()) {
      PageAnswer.error(
          exchange,
          503,
          "there are " + LiveFeed.MAX_LISTENERS + " open pages, and no more can be: close one");
      return;
    }
    try {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      OutputStream out = exchange.getResponseBody();
      out.write("retry: 1000\n\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
      while (true) {
        byte[] message = joined.get().next(QUIET_MS);
        out.write(message == null ? STILL_HERE : message);
        if (joined.get().isUpToDate()) {
          out.flush();
        }
      }
    } catch (InterruptedException _) {
      // Dropped: it does not read, or the page is closing.
      Thread.currentThread().interrupt();
    } finally {
      feed.leave(joined.get());
    }
  }

  /// Whether the sink writes, or would.
  void ready(HttpExchange exchange) throws IOException {
    SinkHealth now = health.get();
    health(exchange, now.ready(), now.cause());
  }

  /// Whether the sink can go on.
  void live(HttpExchange exchange) throws IOException {
    SinkHealth now = health.get();
    health(exchange, now.live(), now.cause());
  }

  private static void health(HttpExchange exchange, boolean well, String cause) throws IOException {
    PageAnswer.send(
        exchange,
        well ? 200 : 503,
        "text/plain; charset=utf-8",
        (well ? "ok\n" : cause + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
