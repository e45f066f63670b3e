package dev.millrace.drill;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import dev.millrace.sink.SinkException;
import dev.millrace.sink.WindowQueries;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;

/// Sees when windows become whole in the database: the total's row is final, and the rows of the
/// routes add up to it, and there are some of each way into the pipeline.
final class FlowWatch implements AutoCloseable {
  private static final long LOOK_MS = 100;

  /// @param windowStart epoch milliseconds
  /// @param seenAt epoch milliseconds
  record Sight(long windowStart, long seenAt) {}

  private final Database database;
  private final Thread thread;
  private final List<Sight> sights = new CopyOnWriteArrayList<>();
  private WindowQueries windows;

  /// @param database which is there
  FlowWatch(Database database) {
    this.database = database;
    thread = Thread.ofPlatform().daemon().name("drill-flow").start(this::look);
  }

  private void look() {
    try {
      while (true) {
        newestWhole().ifPresent(start -> sights.add(new Sight(start, System.currentTimeMillis())));
        Thread.sleep(LOOK_MS);
      }
    } catch (InterruptedException e) {
      // It is over.
      return;
    } finally {
      close(windows);
    }
  }

  private OptionalLong newestWhole() {
    try {
      if (windows == null) {
        windows = database.queries();
      }
      Optional<WindowSummary> total = windows.newestTotal();
      long last = sights.isEmpty() ? Long.MIN_VALUE : sights.getLast().windowStart();
      if (total.isEmpty() || total.get().windowStart() <= last || !total.get().isFinal()) {
        return OptionalLong.empty();
      }
      List<WindowSummary> rows = windows.window(total.get().windowStart());
      return isWhole(rows) ? OptionalLong.of(total.get().windowStart()) : OptionalLong.empty();
    } catch (SinkException e) {
      // The database is locked, just made or away: a later look will see it, if need be by another
      // connection.
      close(windows);
      windows = null;
      return OptionalLong.empty();
    }
  }

  private static void close(WindowQueries windows) {
    try {
      if (windows != null) {
        windows.close();
      }
    } catch (SinkException e) {
      // What is broken has no end to come to.
      return;
    }
  }

  /// @param rows of one window
  static boolean isWhole(List<WindowSummary> rows) {
    long total =
        rows.stream()
            .filter(row -> row.series().equals(Series.TOTAL))
            .mapToLong(WindowSummary::requests)
            .sum();
    long routes =
        rows.stream()
            .filter(row -> !row.series().isRollup())
            .mapToLong(WindowSummary::requests)
            .sum();
    return total > 0
        && total == routes
        && Pipeline.LOADS.stream()
            .allMatch(load ->
                rows.stream().anyMatch(row -> row.series().service().startsWith(load + "-")));
  }

  List<Sight> sights() {
    return List.copyOf(sights);
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      // A look takes no time: it ends by itself, and nobody waits for it.
      Thread.currentThread().interrupt();
    }
  }
}
