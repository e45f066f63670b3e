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
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The benchmark of starts with a launcher that has the tests' class path and no AOT cache.
class BenchStartIT {
  @TempDir private Path folder;

  @Test
  void everyCommandGetsReadyAndNothingIsLeft() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    Path json = folder.resolve("start.json");
    Cli.Result result = bench(TestLauncher.write(folder), data, json);
    assertEquals(0, result.code(), result.all());
    assertTrue(result.err().contains("there is no AOT cache"), result.all());
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertEquals("start", report.get("bench").asText());
    List<JsonNode> lines =
        StreamSupport.stream(report.get("results").spliterator(), false).toList();
    assertEquals(
        List.of("--help", "ingest", "processor", "sink", "loadgen"),
        lines.stream().map(line -> line.get("name").asText()).toList());
    for (JsonNode line : lines) {
      boolean runs = !line.get("name").asText().equals("--help");
      assertTrue(line.get("ready_ms").asDouble() > 0, line.toString());
      assertTrue(line.get("ready_ms_without_cache").asDouble() > 0, line.toString());
      assertEquals(1, line.get("rounds").size(), line.toString());
      for (String memory : List.of("idle_rss_mib", "loaded_rss_mib")) {
        // A JVM has more than a megabyte; kibibytes or bytes would be more than 10,000.
        double mib = line.get(memory).asDouble();
        assertTrue(runs ? mib > 1 && mib < 10_000 : line.get(memory).isNull(), line.toString());
      }
      assertTrue(!runs || line.get("loaded_events_per_s").asDouble() > 0, line.toString());
    }
    try (Stream<Path> left = Files.list(data)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void commandThatDoesNotStartIsNamed() throws IOException {
    TestLauncher launcher = TestLauncher.write(folder, "exit 3");
    Cli.Result result = bench(launcher, folder, folder.resolve("start.json"));
    assertEquals(1, result.code(), result.all());
    assertTrue(result.err().contains("has ended by itself"), result.all());
  }

  private static Cli.Result bench(TestLauncher launcher, Path data, Path json) {
    return launcher.run(
        List.of(
            "bench",
            "start",
            "--rounds=1",
            "--idle=0s",
            "--load=4s",
            "--rate=500",
            "--data=" + data,
            "--json=" + json));
  }
}
