package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorBenchIT {
  private static final long EVENTS = 20_000;

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private ProcessorBenchConfig config(Path data) {
    return new ProcessorBenchConfig(
        EVENTS, EVENTS, EVENTS, 2, 100, EnumSet.of(Contestant.TUNED, Contestant.CONSUMER), 1, data);
  }

  @Test
  void contestantsReadEverythingAndNothingIsLeft() throws IOException, InterruptedException {
    Path data = folder.resolve("data");
    Path json = folder.resolve("report.json");
    boolean right =
        ProcessorBench.run(
            config(data), new PrintWriter(out), new PrintWriter(err), json, () -> false);
    assertTrue(right, out.toString());
    JsonNode results = new JsonMapper().readTree(json.toFile()).get("results");
    assertEquals(2, results.size());
    assertEquals("tuned", results.get(0).get("name").asText());
    assertEquals(EVENTS, results.get(0).get("counted").asLong());
    assertEquals("consumer", results.get(1).get("name").asText());
    assertTrue(results.get(1).get("events_per_s").asDouble() > 0);
    try (Stream<Path> left = Files.list(data)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void interruptedItLeavesNothing() throws IOException {
    assertThrows(
        BenchException.class,
        () ->
            ProcessorBench.run(
                config(folder),
                new PrintWriter(out),
                new PrintWriter(err),
                null,
                () -> err.toString().contains("making")));
    assertFalse(out.toString().contains("tuned"), out.toString());
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(0, left.count());
    }
  }
}
