package dev.millrace.sink;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;

/// The page's way into a sink's database: a few connections of its own that cannot write. However
/// many look at the page, no more than these queries run at a time.
///
/// Thread-safe.
public final class PageDatabase implements AutoCloseable {
  private static final int CONNECTIONS = 2;

  /// What is asked.
  @FunctionalInterface
  interface Query<T> {
    T ask(Connection connection) throws SQLException;
  }

  private final Supplier<Connection> opener;
  private final Function<SQLException, SinkException> sentence;
  private final Queue<Connection> idle = new ConcurrentLinkedQueue<>();

  /// Not virtual threads: they would be pinned to their carriers while SQLite's native code runs,
  /// and a long query would hold up everybody's stream.
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          CONNECTIONS, Thread.ofPlatform().daemon().name("millrace-page-query-", 0).factory());

  /// @param opener opens a connection that only reads, and commits by itself
  /// @param sentence puts an error into words
  PageDatabase(Supplier<Connection> opener, Function<SQLException, SinkException> sentence) {
    this.opener = opener;
    this.sentence = sentence;
  }

  /// A SQLite file. Nothing is opened before the first question.
  public static PageDatabase sqlite(Path file) {
    return new PageDatabase(
        () -> SqliteDatabase.openForReading(file), e -> SqliteDatabase.sentence(file, e));
  }

  /// A PostgreSQL database that the sink has made its tables in. Nothing is opened before the first
  /// question.
  public static PageDatabase postgres(PostgresConfig config) {
    return new PageDatabase(
        () -> PostgresDatabase.connectForReading(config),
        e -> PostgresDatabase.sentence(config, e));
  }

  /// No database: each question is answered by why.
  public static PageDatabase none() {
    return new PageDatabase(
        () -> {
          throw new SinkException("rows go into files, and the page shows databases only");
        },
        e -> new SinkException("no database", e));
  }

  /// Waits for a free connection, and asks.
  ///
  /// @throws SinkException if the database cannot be had or does not answer; what else the query
  ///   throws comes through
  <T> T ask(Query<T> query) throws InterruptedException {
    try {
      return threads.submit(() -> askNow(query)).get();
    } catch (ExecutionException e) {
      throw switch (e.getCause()) {
        case SQLException unknown -> sentence.apply(unknown);
        case RuntimeException known -> known;
        default -> new IllegalStateException(e.getCause());
      };
    }
  }

  private <T> T askNow(Query<T> query) throws SQLException {
    Connection connection = idle.poll();
    if (connection == null) {
      connection = opener.get();
    }
    try {
      T answer = query.ask(connection);
      idle.add(connection);
      return answer;
    } catch (SQLException | RuntimeException e) {
      // It may be what is broken.
      SqliteDatabase.closeAfter(e, connection);
      throw e;
    }
  }

  @Override
  public void close() {
    threads.close();
    for (Connection connection = idle.poll(); connection != null; connection = idle.poll()) {
      try {
        connection.close();
      } catch (SQLException e) {
        throw sentence.apply(e);
      }
    }
  }
}
