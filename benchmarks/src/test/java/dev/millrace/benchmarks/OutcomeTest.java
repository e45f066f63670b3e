package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutcomeTest {
  private static Outcome outcome(String name, double eventsPerS, Long counted) {
    return new Outcome(
        name,
        2_000_000,
        100,
        2_000_000 / eventsPerS,
        eventsPerS,
        eventsPerS > 100_000 ? eventsPerS * 1.5 : null,
        12_345,
        1.234,
        0.5,
        300L << 20,
        counted,
        counted == null ? null : counted == 2_000_000,
        List.of(),
        List.of());
  }

  private static String table(Outcome... outcomes) {
    StringWriter text = new StringWriter();
    new OutcomeTable(Report.of("processor", List.of(outcomes))).print(new PrintWriter(text));
    return text.toString();
  }

  @Test
  void tableRelatesEachToTextbookAndConsumer() {
    String table =
        table(
            outcome("millrace-eos", 1_000_000, 2_000_000L),
            outcome("textbook", 40_000, 2_000_000L),
            outcome("consumer", 2_000_000, null));
    String millrace = table.lines().filter(l -> l.startsWith("millrace")).findFirst().orElseThrow();
    assertEquals(
        List.of(
            "millrace-eos",
            "2,000,000",
            "1,000,000",
            "1,500,000",
            "25.0",
            "0.50",
            "12,345",
            "1.23",
            "0.50",
            "300",
            "right"),
        List.of(millrace.split("\\s+")));
    assertTrue(table.contains("not reached"), table);
  }

  @Test
  void tableHasNoRatioToWhoDidNotTakePart() {
    String table = table(outcome("tuned", 200_000, 2_000_000L));
    assertTrue(table.lines().anyMatch(l -> l.matches("tuned .* -  +- .*")), table);
  }

  @Test
  void tableSaysWhoIsWrongAndByHowMuch() {
    assertTrue(table(outcome("tuned", 200_000, 1_999_000L)).contains("WRONG: -1,000"));
    assertTrue(table(outcome("tuned", 200_000, 2_000_001L)).contains("WRONG: +1"));
  }

  @Test
  void ofSeveralRunsTheOneInTheMiddleIsShown() {
    Outcome all =
        Outcome.of(
            List.of(
                outcome("tuned", 300_000, 2_000_000L),
                outcome("tuned", 100_000, 2_000_000L),
                outcome("tuned", 200_000, 2_000_000L)));
    assertEquals(200_000, all.eventsPerS());
    assertEquals(List.of(300_000.0, 100_000.0, 200_000.0), all.runs());
  }

  @Test
  void oneWrongRunMakesAllOfItWrong() {
    Outcome all =
        Outcome.of(List.of(outcome("tuned", 300_000, 5L), outcome("tuned", 100_000, 2_000_000L)));
    assertEquals(false, all.correct());
  }

  @Test
  void jsonHasTheNamesThatOthersRead(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("report.json");
    Outcome consumer = outcome("consumer", 50_000, null);
    Report.of("processor", List.of(Outcome.of(List.of(consumer)))).write(file);
    JsonNode report = new JsonMapper().readTree(file.toFile());
    assertEquals("processor", report.get("bench").asText());
    assertTrue(report.get("machine").asText().contains("processors"));
    JsonNode result = report.get("results").get(0);
    assertEquals("consumer", result.get("name").asText());
    assertEquals(50_000, result.get("events_per_s").asDouble());
    assertTrue(result.get("steady_events_per_s").isNull());
    assertEquals(12_345, result.get("first_3s_events").asLong());
    assertEquals(1.234, result.get("cpu_s_per_million").asDouble());
    assertEquals(300L << 20, result.get("peak_rss_bytes").asLong());
    assertTrue(result.get("correct").isNull());
  }
}
