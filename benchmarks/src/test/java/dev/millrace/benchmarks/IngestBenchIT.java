package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

class IngestBenchIT {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir private Path folder;

  /// The start of the command itself is not measured here: this module does not know the command.
  @Test
  void bothServersTakeWhatIsSentAndIdleConnectionsAreKept()
      throws IOException, InterruptedException {
    assumeTrue(Wrk.isInstalled(), "wrk is not installed");
    Path data = folder.resolve("data");
    Path json = folder.resolve("report.json");
    StringWriter out = new StringWriter();
    IngestBench.run(
        new IngestBenchConfig(1, SECOND, 20, 200, 0, data),
        new PrintWriter(out),
        new PrintWriter(new StringWriter()),
        json,
        () -> false);
    JsonNode results = new JsonMapper().readTree(json.toFile()).get("results");
    String[] names = {"single", "batch100", "jdk-single", "jdk-batch100"};
    for (int i = 0; i < names.length; i++) {
      JsonNode line = results.get(i);
      assertEquals(names[i], line.get("name").asText());
      assertTrue(line.get("requests_per_s").asDouble() > 0, out.toString());
      assertTrue(line.get("p99_us").asDouble() > 0, out.toString());
      assertEquals(0, line.get("failures").asLong(), out.toString());
    }
    assertTrue(results.get(0).get("ratio").asDouble() > 0);
    assertEquals("idle-connections", results.get(4).get("name").asText());
    assertEquals(200, results.get(4).get("connections").asInt());
    assertEquals(5, results.size());
    try (Stream<Path> left = Files.list(data)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void badValuesAreRefusedWithOptionAndValue() {
    for (Runnable make :
        new Runnable[] {
          () -> new IngestBenchConfig(0, SECOND, 1, 1, 1, folder),
          () -> new IngestBenchConfig(1, Duration.ZERO, 1, 1, 1, folder),
          () -> new IngestBenchConfig(1, SECOND, 0, 1, 1, folder),
          () -> new IngestBenchConfig(1, SECOND, 1, 0, 1, folder),
          () -> new IngestBenchConfig(1, SECOND, 1, 1, -1, folder)
        }) {
      String message = assertThrows(IllegalArgumentException.class, make::run).getMessage();
      assertTrue(message.startsWith("--"), message);
    }
  }
}
