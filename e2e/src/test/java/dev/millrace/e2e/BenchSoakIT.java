package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A soak that is much too short to tell what grows: that it sees all parts, verifies, says by its
/// exit code what it says in words, and leaves nothing.
class BenchSoakIT {
  private static final double MIB = 1 << 20;

  @TempDir private Path folder;

  @Test
  void allPartsAreSeenAndTheLedgerBalances() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    Path json = folder.resolve("soak.json");
    Cli.Result result =
        TestLauncher.write(folder)
            .run(
                List.of(
                    "bench",
                    "soak",
                    "--duration=20s",
                    "--rate=2k",
                    "--data=" + data,
                    "--json=" + json));
    assertTrue(Files.exists(json), result.all());
    JsonNode soak = new ObjectMapper().readTree(json.toFile()).get("results").get(0);
    assertTrue(soak.get("books").get("balanced").asBoolean(), result.all());
    // For 18 s at least, at 2,000/s.
    assertTrue(soak.get("books").get("aggregated").asLong() > 36_000, result.all());
    assertEquals(soak.get("holds").asBoolean() ? 0 : 1, result.code(), result.all());
    assertTrue(soak.get("samples").size() > 0, result.all());
    assertTrue(
        soak.get("samples").valueStream().anyMatch(sample -> !sample.get("e2e_p99_us").isNull()),
        result.all());
    JsonNode last = soak.get("samples").get(soak.get("samples").size() - 1);
    assertTrue(last.get("acknowledged_per_s").asDouble() > 0, last.toString());
    for (String part : List.of("broker", "processor", "sink", "loadgen")) {
      JsonNode held = last.get("parts").get(part);
      // A JVM has more than a megabyte, and more than a thread and a file.
      assertTrue(held.get("rss_bytes").asLong() > 10 * MIB, last.toString());
      assertTrue(held.get("threads").asLong() > 10, last.toString());
      assertTrue(held.get("descriptors").asLong() > 10, last.toString());
      double heapMib = median(soak, part + " live heap, MiB");
      assertTrue(heapMib > 1 && heapMib < 1_000, result.all());
    }
    assertTrue(result.out().contains("every row is what was sent"), result.all());
    try (Stream<Path> left = Files.list(data)) {
      assertEquals(0, left.count());
    }
  }

  private static double median(JsonNode soak, String trend) {
    return soak.get("trends")
        .valueStream()
        .filter(each -> each.get("name").asText().equals(trend))
        .findFirst()
        .orElseThrow()
        .get("median")
        .asDouble();
  }
}
