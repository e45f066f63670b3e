package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.broker.LocalPostgres;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SinkBenchIT {
  @TempDir private Path folder;

  @Test
  void everyoneWritesEverythingAndNothingIsLeft() throws IOException {
    Path data = folder.resolve("data");
    Path json = folder.resolve("report.json");
    StringWriter err = new StringWriter();
    SinkBench.run(
        new SinkBenchConfig(10_000, 1, data),
        new PrintWriter(new StringWriter()),
        new PrintWriter(err),
        json,
        () -> false);
    JsonNode results = new JsonMapper().readTree(json.toFile()).get("results");
    List<String> names =
        StreamSupport.stream(results.spliterator(), false)
            .map(line -> line.get("name").asText())
            .toList();
    if (LocalPostgres.isInstalled()) {
      assertEquals(
          List.of(
              "sqlite",
              "postgres",
              "sqlite-row",
              "postgres-row",
              "sqlite-from-kafka",
              "postgres-from-kafka"),
          names);
    } else {
      assertEquals(List.of("sqlite", "sqlite-row", "sqlite-from-kafka"), names);
      assertTrue(err.toString().contains("PostgreSQL is left out"), err.toString());
    }
    for (JsonNode line : results) {
      assertTrue(line.get("rows_per_s").asDouble() > 0, line.toString());
      assertEquals(line.get("name").asText().endsWith("-row"), !line.has("ratio"));
    }
    try (Stream<Path> left = Files.list(data)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void windowsAreDistinctAndOfAllLevels() {
    BenchWindows windows = new BenchWindows(30_000);
    Set<List<Object>> keys = new HashSet<>();
    long requests = 0;
    for (WindowSummary row : windows) {
      keys.add(List.of(row.windowStart(), row.series()));
      if (row.series().equals(Series.TOTAL)) {
        requests = row.requests();
      }
    }
    assertEquals(30_000, keys.size());
    assertEquals(100_000, requests);
  }

  @Test
  void badValuesAreRefusedWithOptionAndValue() {
    for (Runnable make :
        new Runnable[] {
          () -> new SinkBenchConfig(1, 1, folder), () -> new SinkBenchConfig(10_000, 0, folder)
        }) {
      String message = assertThrows(IllegalArgumentException.class, make::run).getMessage();
      assertTrue(message.startsWith("--"), message);
    }
  }
}
