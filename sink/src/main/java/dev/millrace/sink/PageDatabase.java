package dev.millrace.sink;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConnection;

/// The page's way into a sink's database: a few connections of its own that cannot write. However
/// many look at the page, no more than these queries run at a time.
///
/// Thread-safe.
public final class PageDatabase implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PageDatabase.class);

  private static final int CONNECTIONS = 2;

  /// Questions that may wait for a connection.
  static final int MAX_WAITING = 16;

  /// Nobody waits longer for a page.
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final int CLOSE_SECONDS = 5;

  /// What is asked.
  @FunctionalInterface
  interface Query<T> {
    T ask(Connection connection) throws SQLException;
  }

  private final Supplier<Connection> opener;
  private final Function<SQLException, SinkException> sentence;
  private final Queue<Connection> idle = new ConcurrentLinkedQueue<>();
  private final Set<Connection> asked = ConcurrentHashMap.newKeySet();
  private final Set<Future<?>> waiting = ConcurrentHashMap.newKeySet();

  /// Not virtual threads: they would be pinned to their carriers while SQLite's native code runs,
  /// and a long query would hold up everybody's stream.
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          CONNECTIONS,
          CONNECTIONS,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MAX_WAITING),
          Thread.ofPlatform().daemon().name("millrace-page-query-", 0).factory());

  /// @param opener opens a connection that only reads
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
        () -> PostgresDatabase.connectForReading(config, PATIENCE),
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
  /// @throws SinkException if the database cannot be had or does not answer, or too many questions
  ///   wait for it; what else the query throws comes through
  @SuppressWarnings("CollectionUndefinedEquality") // each question is itself alone
  <T> T ask(Query<T> query) throws InterruptedException {
    Future<T> answer;
    try {
      answer = threads.submit(() -> askNow(query));
    } catch (RejectedExecutionException e) {
      throw new SinkException(
          threads.isShutdown()
              ? "the page is closing"
              : "the database is busy: "
                  + MAX_WAITING
                  + " questions wait for it already; ask again later",
          e);
    }
    waiting.add(answer);
    try {
      if (threads.isShutdown()) {
        var _ = answer.cancel(false);
      }
      return answer.get();
    } catch (CancellationException e) {
      throw new SinkException("the page is closing", e);
    } catch (ExecutionException e) {
      throw switch (e.getCause()) {
        case SQLException unknown -> sentence.apply(unknown);
        case RuntimeException known -> known;
        default -> new IllegalStateException(e.getCause());
      };
    } finally {
      waiting.remove(answer);
    }
  }

  private <T> T askNow(Query<T> query) throws SQLException {
    Connection connection = idle.poll();
    if (connection == null) {
      connection = opener.get();
    }
    asked.add(connection);
    boolean isSound = false;
    try {
      T answer = query.ask(connection);
      if (!connection.getAutoCommit()) {
        // Not to be idle in a transaction, which would keep the server from cleaning up.
        connection.rollback();
      }
      isSound = true;
      return answer;
    } finally {
      asked.remove(connection);
      if (isSound && !threads.isShutdown()) {
        idle.add(connection);
      } else {
        // It may be what is broken.
        closeQuietly(connection);
      }
    }
  }

  private static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("a connection of the page did not close", e);
    }
  }

  /// How many questions wait for a connection.
  int waiting() {
    return threads.getQueue().size();
  }

  /// Breaks off what is being asked: nobody is there any more to read the answer.
  @Override
  public void close() {
    threads.shutdownNow();
    waiting.forEach(answer -> answer.cancel(false));
    try {
      // Again and again: a question may be between two statements just now.
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
      do {
        asked.forEach(PageDatabase::breakOff);
      } while (!threads.awaitTermination(50, TimeUnit.MILLISECONDS) && System.nanoTime() < end);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    for (Connection connection = idle.poll(); connection != null; connection = idle.poll()) {
      closeQuietly(connection);
    }
  }

  private static void breakOff(Connection connection) {
    try {
      if (connection.isWrapperFor(SQLiteConnection.class)) {
        connection.unwrap(SQLiteConnection.class).getDatabase().interrupt();
      } else {
        connection.abort(Runnable::run);
      }
    } catch (SQLException e) {
      LOG.debug("a question of the page could not be broken off", e);
    }
  }
}
