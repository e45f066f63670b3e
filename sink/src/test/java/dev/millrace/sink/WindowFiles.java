package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A folder of window files, as its users read it: finished files by DuckDB, with the query of
/// docs/sink.md. The rows of open hours are added from the work files, as far as the manifest goes.
final class WindowFiles {
  private static final JsonRecords<FileManifest> MANIFESTS = new JsonRecords<>(FileManifest.class);

  /// One for all tests: to start one takes longer than most queries.
  private static final class Duck {
    private static final Connection CONNECTION = connect();

    private static Connection connect() {
      try {
        return DriverManager.getConnection("jdbc:duckdb:");
      } catch (SQLException e) {
        throw new AssertionError(e);
      }
    }
  }

  private final Path folder;
  private final FileFormat format;

  WindowFiles(Path folder, FileFormat format) {
    this.folder = folder;
    this.format = format;
  }

  List<String> names() {
    try (Stream<Path> found = Files.list(folder)) {
      return found
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.equals(".millrace"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Every row of the finished files that begin like this, file by file, as they stand there.
  List<WindowSummary> finished(String prefix) {
    return query(prefix, "ORDER BY filename, file_row");
  }

  /// The last row of each window of each series, of finished files only.
  List<WindowSummary> latest() {
    return query(
        "windows-",
        """
        QUALIFY row_number() OVER (PARTITION BY window_start, window_size_ms, service, route
                                   ORDER BY revision DESC, filename DESC) = 1
        ORDER BY window_start, window_size_ms, service, route
        """);
  }

  /// The last row of each window of each series, of open hours too, by window, service and route.
  List<WindowSummary> rows() {
    TreeMap<String, WindowSummary> last = new TreeMap<>();
    latest().forEach(row -> last.put(key(row), row));
    try {
      for (FileManifest.Part part : manifest().parts()) {
        Path work = folder.resolve(".millrace/part-%08d.rows".formatted(part.number()));
        byte[] bytes = Arrays.copyOf(Files.readAllBytes(work), (int) part.bytes());
        for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
          WindowSummary row = decode(line.substring(line.indexOf(' ') + 1));
          WindowSummary other = last.get(key(row));
          if (other == null || other.revision() <= row.revision()) {
            last.put(key(row), row);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.copyOf(last.values());
  }

  FileManifest manifest() throws IOException {
    return MANIFESTS.decode(Files.readAllBytes(folder.resolve(".millrace/manifest.json")));
  }

  List<FileManifest.Part> parts() {
    try {
      return manifest().parts();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String key(WindowSummary row) {
    return "%016d %08d %s|%s"
        .formatted(row.windowStart(), row.windowSizeMs(), row.service(), row.route());
  }

  private static WindowSummary decode(String json) throws IOException {
    return JsonRecords.WINDOWS.decode(json.getBytes(StandardCharsets.UTF_8));
  }

  private List<WindowSummary> query(String prefix, String end) {
    if (names().stream().noneMatch(name -> name.startsWith(prefix))) {
      return List.of();
    }
    String pattern = "'" + folder.resolve(prefix + "*." + format.label()) + "'";
    String from =
        switch (format) {
          case CSV ->
              "SELECT *, window_start_ms AS window_start FROM read_csv("
                  + pattern
                  + ", filename = true)";
          case NDJSON ->
              """
              SELECT *, window_start AS window_start_ms, duration_us.count AS duration_count,
                duration_us.mean AS mean_us, duration_us.p50 AS p50_us, duration_us.p90 AS p90_us,
                duration_us.p95 AS p95_us, duration_us.p99 AS p99_us, duration_us.p999 AS p999_us,
                duration_us.max AS max_us FROM read_json(%s, filename = true)
              """
                  .formatted(pattern);
          case PARQUET ->
              "SELECT *, epoch_ms(window_start) AS window_start_ms FROM read_parquet("
                  + pattern
                  + ", filename = true)";
        };
    String histogram = format == FileFormat.CSV ? "histogram" : "to_json(histogram)";
    String sql =
        """
        SELECT window_start_ms, window_size_ms, service, route, requests, errors, client_errors, bytes,
          rate_per_s, duration_count, mean_us, p50_us, p90_us, p95_us, p99_us, p999_us, max_us,
          CAST(%s AS VARCHAR), late, revision, final
        FROM (SELECT *, row_number() OVER () AS file_row FROM (%s)) %s
        """
            .formatted(histogram, from, end);
    List<WindowSummary> rows = new ArrayList<>();
    try (Statement statement = Duck.CONNECTION.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        rows.add(row(result));
      }
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
    return rows;
  }

  private static WindowSummary row(ResultSet row) throws SQLException {
    String histogram = row.getString(18);
    boolean timed = histogram != null;
    return new WindowSummary(
        row.getLong(1),
        row.getLong(2),
        row.getString(3),
        row.getString(4),
        row.getLong(5),
        row.getLong(6),
        row.getLong(7),
        row.getLong(8),
        row.getDouble(9),
        timed
            ? new DurationStats(
                row.getLong(10),
                row.getDouble(11),
                row.getDouble(12),
                row.getDouble(13),
                row.getDouble(14),
                row.getDouble(15),
                row.getDouble(16),
                row.getDouble(17))
            : null,
        timed ? WindowRows.histogram(histogram) : null,
        row.getLong(19),
        row.getInt(20),
        row.getBoolean(21));
  }
}
