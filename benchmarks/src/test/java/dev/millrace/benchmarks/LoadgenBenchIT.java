package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadgenBenchIT {
  @TempDir private Path folder;

  @Test
  void bothSendEverythingAndNothingIsLeft() throws IOException, InterruptedException {
    Path data = folder.resolve("data");
    Path json = folder.resolve("report.json");
    StringWriter out = new StringWriter();
    LoadgenBench.run(
        new LoadgenBenchConfig(50_000, 1, 1_000, Duration.ofSeconds(2), data),
        new PrintWriter(out),
        new PrintWriter(new StringWriter()),
        json,
        () -> false);
    JsonNode results = new JsonMapper().readTree(json.toFile()).get("results");
    assertEquals(3, results.size());
    assertEquals("millrace-loadgen", results.get(0).get("name").asText());
    assertEquals("producer-performance", results.get(1).get("name").asText());
    assertTrue(results.get(0).get("ratio").asDouble() > 0);
    assertTrue(results.get(1).get("events_per_s").asDouble() > 0);
    assertTrue(results.get(2).get("lateness_p99_us").asLong() >= 0);
    assertTrue(out.toString().contains("producer-performance"), out.toString());
    try (Stream<Path> left = Files.list(data)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void badValuesAreRefusedWithOptionAndValue() {
    Duration two = Duration.ofSeconds(2);
    for (Runnable make :
        new Runnable[] {
          () -> new LoadgenBenchConfig(1, 1, 1, two, folder),
          () -> new LoadgenBenchConfig(1_000, 0, 1, two, folder),
          () -> new LoadgenBenchConfig(1_000, 1, Double.NaN, two, folder),
          () -> new LoadgenBenchConfig(1_000, 1, 1, Duration.ZERO, folder)
        }) {
      String message = assertThrows(IllegalArgumentException.class, make::run).getMessage();
      assertTrue(message.startsWith("--"), message);
    }
  }
}
