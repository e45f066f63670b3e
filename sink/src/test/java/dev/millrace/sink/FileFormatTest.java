package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
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
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is written, read by a program that knows nothing of this one.
class FileFormatTest {
  @TempDir Path folder;

  private void write(FileFormat format, List<WindowSummary> rows) throws IOException {
    try (WindowFileWriter out = format.create(folder.resolve("windows-x." + format.label()))) {
      for (WindowSummary row : rows) {
        out.write(JsonRecords.WINDOWS.encode(row));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(FileFormat.class)
  void duckDbReadsWhatWasWritten(FileFormat format) throws IOException {
    List<WindowSummary> rows = new ArrayList<>(Traffic.random(new Random(1), 20_000).rows());
    List<RequestEvent> slow = List.of(Traffic.event(0, Traffic.ORDERS, 500, 1834, 812));
    List<RequestEvent> untimed = List.of(Traffic.event(0, Traffic.ORDERS, 404, -1, 3));
    List<RequestEvent> zero = List.of(Traffic.event(0, Traffic.ORDERS, 200, 0, 1L << 40));
    for (String name :
        List.of("a,b", "\"quoted\"", "two\nlines", "ü|{id}|€ 🦆", "'", " padded ", "*", "null")) {
      rows.add(Traffic.row(Traffic.START, "checkout|" + name, slow));
      rows.add(Traffic.row(Traffic.START + 1000, "checkout|" + name, untimed));
      rows.add(Traffic.row(Traffic.START + 2000, name.replace('|', '/') + "|/", zero));
    }
    write(format, rows);
    assertEquals(json(rows), json(new WindowFiles(folder, format).finished("windows-")));
  }

  private static List<String> json(List<WindowSummary> rows) {
    return rows.stream()
        .map(row -> new String(JsonRecords.WINDOWS.encode(row), StandardCharsets.UTF_8))
        .toList();
  }

  @Test
  void csvHasTheColumnsOfTheDatabase() throws IOException {
    write(FileFormat.CSV, List.of(WindowStoreContract.row(3, 5)));
    String text = Files.readString(folder.resolve("windows-x.csv"));
    assertEquals(
        WindowRows.COLUMNS.replace(", ", ",")
            + "\r\n1795255200000,1000,checkout,/,5,0,0,0,5.0,,,,,,,,,,0,3,false\r\n",
        text);
  }

  @Test
  void ndjsonIsTheTopicsJson() throws IOException {
    WindowSummary row = Traffic.random(new Random(2), 1).rows().getFirst();
    write(FileFormat.NDJSON, List.of(row));
    assertEquals(
        new String(JsonRecords.WINDOWS.encode(row), StandardCharsets.UTF_8) + "\n",
        Files.readString(folder.resolve("windows-x.ndjson")));
  }

  @Test
  void parquetHasTypesAndIsCompressed() throws Exception {
    write(FileFormat.PARQUET, Traffic.random(new Random(3), 1000).rows());
    Map<String, String> types = new TreeMap<>();
    String file = "'" + folder.resolve("windows-x.parquet") + "'";
    query("DESCRIBE SELECT * FROM " + file, row -> types.put(row.getString(1), row.getString(2)));
    assertEquals("TIMESTAMP WITH TIME ZONE", types.get("window_start"));
    assertEquals("VARCHAR", types.get("service"));
    assertEquals("BIGINT", types.get("requests"));
    assertEquals("DOUBLE", types.get("p99_us"));
    assertEquals("BOOLEAN", types.get("final"));
    assertEquals(
        "STRUCT(scale INTEGER, zero_count BIGINT, \"offset\" INTEGER, bucket_counts BIGINT[])",
        types.get("histogram"));
    List<String> codecs = new ArrayList<>();
    query(
        "SELECT DISTINCT compression FROM parquet_metadata(" + file + ")",
        row -> codecs.add(row.getString(1)));
    assertEquals(List.of("ZSTD"), codecs);
  }

  /// Merging histograms is adding up buckets of the same index: the query of docs/sink.md.
  @Test
  void percentilesOfAnHourComeFromItsHistograms() throws Exception {
    List<WindowSummary> rows = Traffic.random(new Random(4), 5000).rows();
    write(FileFormat.PARQUET, rows);
    LatencySketch merged = new LatencySketch();
    rows.stream()
        .filter(row -> row.service().equals("*") && row.histogram() != null)
        .map(WindowSummary::histogram)
        .forEach(histogram -> merged.merge(new LatencySketch(histogram)));
    ExponentialHistogram expected = merged.histogram();
    List<Long> counts = new ArrayList<>();
    query(
        """
        SELECT histogram.offset + i - 1 AS bucket, sum(histogram.bucket_counts[i]) AS n
        FROM (SELECT histogram, unnest(range(1, len(histogram.bucket_counts) + 1)) AS i
              FROM '%s' WHERE service = '*' AND window_size_ms = 1000)
        GROUP BY bucket HAVING n > 0 ORDER BY bucket
        """
            .formatted(folder.resolve("windows-x.parquet")),
        row -> {
          assertTrue(row.getLong(1) >= expected.offset());
          counts.add(row.getLong(2));
        });
    assertEquals(
        Arrays.stream(expected.bucketCounts()).filter(n -> n > 0).boxed().toList(), counts);
  }

  private interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  private static void query(String sql, RowReader reader) throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        reader.read(result);
      }
    }
  }
}
