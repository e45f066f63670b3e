package dev.millrace.sink;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Questions to a sink's database, over a connection of its own that cannot write. May be asked
/// while the sink writes; each answer is of one moment.
///
/// All are about one-second windows: the longer ones count the same requests again. Not
/// thread-safe.
public final class WindowQueries implements AutoCloseable {
  /// The window size that all questions are about, in milliseconds.
  public static final long WINDOW_SIZE_MS = 1000;

  /// `%s` takes the part that chooses the series. Rows of one series come one after the other.
  private static final String ROWS_BY_SERIES =
      "SELECT "
          + WindowRows.COLUMNS
          + " FROM windows %s WHERE window_size_ms = ? AND route <> '*' ORDER BY %s service, route";

  private final WindowReader database;

  private WindowQueries(WindowReader database) {
    this.database = database;
  }

  /// Opens a SQLite file that a sink has made.
  ///
  /// @throws SinkException if it is not there, or is not one
  public static WindowQueries open(Path database) {
    return new WindowQueries(WindowReader.open(database));
  }

  /// Opens a PostgreSQL database that a sink has made its tables in.
  ///
  /// @throws SinkException if it cannot be had
  public static WindowQueries open(PostgresConfig database) {
    return new WindowQueries(WindowReader.open(database));
  }

  /// How many requests all windows count.
  public long totalRequests() {
    return number(
            "SELECT sum(requests) FROM windows WHERE service = '*' AND route = '*' AND window_size_ms = ?",
            WINDOW_SIZE_MS)
        .orElse(0);
  }

  /// Whether routes, services and the total count equally many requests. Their rows are made by
  /// different tasks of the processor, so one may be here before another. Reads every row.
  public boolean levelsAgree() {
    return database.query(
        "SELECT coalesce(sum(requests) FILTER (WHERE route <> '*'), 0),"
            + " coalesce(sum(requests) FILTER (WHERE route = '*' AND service <> '*'), 0),"
            + " coalesce(sum(requests) FILTER (WHERE service = '*'), 0)"
            + " FROM windows WHERE window_size_ms = ?",
        result ->
            result.next()
                && result.getLong(1) == result.getLong(3)
                && result.getLong(2) == result.getLong(3),
        WINDOW_SIZE_MS);
  }

  /// How many rows there are, rollups included.
  public long rowCount() {
    return number("SELECT count(*) FROM windows WHERE window_size_ms = ?", WINDOW_SIZE_MS)
        .orElse(0);
  }

  /// The newest row of the total over all services; empty if there is none.
  public Optional<WindowSummary> newestTotal() {
    return database.query(
        "SELECT "
            + WindowRows.COLUMNS
            + " FROM windows WHERE service = '*' AND route = '*' AND window_size_ms = ?"
            + " ORDER BY window_start_ms DESC LIMIT 1",
        result -> result.next() ? Optional.of(WindowRows.read(result)) : Optional.empty(),
        WINDOW_SIZE_MS);
  }

  /// The windows that began in `[fromMs, toMs)`, oldest first.
  public List<Long> starts(long fromMs, long toMs) {
    return database.query(
        "SELECT DISTINCT window_start_ms FROM windows"
            + " WHERE window_size_ms = ? AND window_start_ms >= ? AND window_start_ms < ? ORDER BY 1",
        result -> {
          List<Long> starts = new ArrayList<>();
          while (result.next()) {
            starts.add(result.getLong(1));
          }
          return starts;
        },
        WINDOW_SIZE_MS,
        fromMs,
        toMs);
  }

  /// All rows of one window, rollups included, by service and route.
  public List<WindowSummary> window(long startMs) {
    return database.query(
        "SELECT "
            + WindowRows.COLUMNS
            + " FROM windows WHERE window_start_ms = ? AND window_size_ms = ? ORDER BY service, route",
        result -> {
          List<WindowSummary> rows = new ArrayList<>();
          while (result.next()) {
            rows.add(WindowRows.read(result));
          }
          return rows;
        },
        startMs,
        WINDOW_SIZE_MS);
  }

  /// The series with the most requests over all windows, the most first.
  public List<SeriesTotals> busiest(int limit) {
    String top =
        "JOIN (SELECT service, route, sum(requests) AS total FROM windows"
            + " WHERE window_size_ms = ? AND route <> '*' GROUP BY service, route"
            + " ORDER BY total DESC, service, route LIMIT ?) AS top USING (service, route)";
    return database.query(
        ROWS_BY_SERIES.formatted(top, "total DESC,"),
        WindowQueries::bySeries,
        WINDOW_SIZE_MS,
        limit,
        WINDOW_SIZE_MS);
  }

  /// The series with the highest 99th percentile over all windows, the highest first. Reads every
  /// row: about 20 s for a million of them.
  public List<SeriesTotals> slowest(int limit) {
    return database
        .query(ROWS_BY_SERIES.formatted("", ""), WindowQueries::bySeries, WINDOW_SIZE_MS)
        .stream()
        .filter(totals -> totals.durationUs() != null)
        .sorted(
            Comparator.comparingDouble((SeriesTotals totals) -> totals.durationUs().p99())
                .reversed())
        .limit(limit)
        .toList();
  }

  private static List<SeriesTotals> bySeries(ResultSet rows) throws SQLException {
    List<SeriesTotals> all = new ArrayList<>();
    Series series = null;
    RowTotals current = new RowTotals();
    while (rows.next()) {
      WindowSummary row = WindowRows.read(rows);
      if (series != null && !series.equals(row.series())) {
        all.add(current.of(series));
        current = new RowTotals();
      }
      series = row.series();
      current.add(row);
    }
    if (series != null) {
      all.add(current.of(series));
    }
    return all;
  }

  private OptionalLong number(String sql, Object... parameters) {
    return database.query(
        sql,
        result -> {
          long number = result.next() ? result.getLong(1) : 0;
          return result.wasNull() ? OptionalLong.empty() : OptionalLong.of(number);
        },
        parameters);
  }

  @Override
  public void close() {
    database.close();
  }
}
