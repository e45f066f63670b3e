package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.RunCondition.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunComparisonTest {
  @TempDir private Path folder;
  private Path a;
  private Path b;

  @BeforeEach
  void writeRuns() throws IOException {
    a = RunOnDisk.write(folder.resolve("a"), 10);
    b = RunOnDisk.write(folder.resolve("b"), 20);
  }

  private RunComparison comparison() throws IOException {
    return new RunComparison(RunReport.read(a), RunReport.read(b));
  }

  private String text() throws IOException {
    return String.join("\n", comparison().lines());
  }

  private String page() throws IOException {
    Path file = folder.resolve("page.html");
    comparison().writePage(file);
    return Files.readString(file);
  }

  private Answer check(String condition) throws IOException {
    return comparison().check(RunCondition.parse(condition)).answer();
  }

  private static void rewrite(Path run, String old, String with) throws IOException {
    Path file = run.resolve(RunSummary.FILE);
    String json = Files.readString(file, StandardCharsets.UTF_8);
    assertTrue(json.contains(old), json);
    Files.writeString(file, json.replace(old, with));
  }

  @Test
  void ratiosAreOfTheSecondToTheFirst() throws IOException {
    assertTrue(
        text().lines().anyMatch(line -> line.matches(" *ack.p99 +9.90 ms +19.80 ms +2.00x")),
        text());
    assertTrue(text().contains("Settings, machine and versions are the same."), text());
    assertTrue(comparison().json(List.of()).contains("\"ack.p99\":2.0"));
    assertTrue(page().contains("<td>9.90 ms</td><td>19.80 ms</td><td>2.00x</td>"));
  }

  @Test
  void whatDiffersIsToldFirst() throws IOException {
    rewrite(b, "\"seed\":42", "\"seed\":43");
    rewrite(b, "\"median\":\"5ms\"", "\"median\":\"6ms\"");
    String text = text();
    assertTrue(text.contains("THE RUNS DIFFER in 2 settings"), text);
    assertTrue(text.lines().anyMatch(line -> line.matches(" *seed +42 +43")), text);
    assertTrue(
        text.lines().anyMatch(line -> line.matches(" *scenario durations.median +5ms +6ms")), text);
    assertTrue(text.indexOf("DIFFER") < text.indexOf("ack.p99"), text);
    assertTrue(page().contains("<td>5ms</td><td>6ms</td>"));
  }

  @Test
  void howAnEdgeWasSentToIsASetting() throws IOException {
    String target = "\"target\":\"kafka\"";
    String http =
        "\"target\":\"http://h\",\"http\":{\"connections\":64,\"batch\":%d,\"gzip\":false}";
    rewrite(a, target, http.formatted(100));
    rewrite(b, target, http.formatted(1));
    String text = text();
    assertTrue(text.contains("THE RUNS DIFFER in one setting"), text);
    assertTrue(text.lines().anyMatch(line -> line.matches(" *http batch +100 +1")), text);
    rewrite(b, "\"connections\":64", "\"connections\":8");
    rewrite(b, "\"gzip\":false", "\"gzip\":true");
    assertTrue(text().contains("THE RUNS DIFFER in 3 settings"), text());
  }

  @Test
  void aRunThatIsInvalidSpoilsTheComparison() throws IOException {
    rewrite(a, "\"valid\":true,\"causes\":[]", "\"valid\":false,\"causes\":[\"late\"]");
    assertTrue(text().contains("A IS INVALID"), text());
    assertTrue(page().contains("<title>INVALID Two load runs"));
    assertEquals(Answer.MET, check("valid = false"));
    assertEquals(
        "A: valid is false", comparison().check(RunCondition.parse("valid = false")).finding());
  }

  @Test
  void theSettingsOfAKilledRunAreNotTakenForEqual() throws IOException {
    Files.delete(b.resolve(RunSummary.FILE));
    assertTrue(text().contains("B IS INCOMPLETE"), text());
    assertTrue(text().contains("not known, the run was killed"), text());
    assertFalse(text().contains("are the same"), text());
    assertEquals(Answer.NO_FIGURE, check("valid = false"));
  }

  @Test
  void conditionsAreAskedOfTheSecondOrOfBoth() throws IOException {
    assertEquals(Answer.MET, check("ack.p99 > 15ms"));
    assertEquals(Answer.MET, check("ack.p99 > 1.9x"));
    assertEquals(Answer.NOT_MET, check("ack.p99 > 2x"));
    assertEquals(Answer.NOT_MET, check("valid = false"));
  }
}
