package dev.millrace.sink;

import dev.millrace.events.WindowSize;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/// How many requests the windows in a database count, asked every second. A week has six hundred
/// thousand windows of the total: what is older than a quarter of an hour is added up anew only
/// every now and then, and the rest each time. So an old window that changes shows a little later.
///
/// Not thread-safe.
final class AggregatedCount {
  private static final long RECENT_MS = TimeUnit.MINUTES.toMillis(15);
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /// Adding up all may take a fiftieth of the time at most.
  private static final int PAUSES = 50;

  private static final String SUM =
      """
      SELECT coalesce(sum(requests), 0) FROM windows
      WHERE service = '*' AND route = '*' AND window_size_ms = ?
        AND window_start_ms >= ? AND window_start_ms < ?
      """;

  private long boundaryMs = Long.MIN_VALUE;
  private long old;
  private boolean isKnown;
  private long dueNanos = System.nanoTime();

  long read(Connection connection) throws SQLException {
    long begun = System.nanoTime();
    if (begun - dueNanos >= 0) {
      try {
        Long newest = CourseQuery.newestEnd(connection);
        long boundary = newest == null ? Long.MIN_VALUE : newest - RECENT_MS;
        old = sum(connection, Long.MIN_VALUE, boundary);
        boundaryMs = boundary;
        isKnown = true;
      } finally {
        // One that is broken off has cost as much as one that has come to its end.
        long took = System.nanoTime() - begun;
        dueNanos = begun + Math.max(PAUSE_NANOS, took * PAUSES);
      }
    }
    if (!isKnown) {
      throw new SinkException(
          "adding up the windows in the database failed; it is tried again soon");
    }
    return old + sum(connection, boundaryMs, Long.MAX_VALUE);
  }

  private static long sum(Connection connection, long from, long to) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(SUM)) {
      query.setLong(1, WindowSize.SECOND.ms());
      query.setLong(2, from);
      query.setLong(3, to);
      try (ResultSet result = query.executeQuery()) {
        result.next();
        return result.getLong(1);
      }
    }
  }
}
