package dev.millrace.loadgen;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.JsonRecords;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A run of the load generator, told: on the terminal, as a page, for machines.
public final class RunReport {
  /// Name of the page within the folder of a run.
  public static final String PAGE = "report.html";

  private static final JsonRecords<Json> JSON = new JsonRecords<>(Json.class);

  private final RecordedRun run;

  private RunReport(RecordedRun run) {
    this.run = run;
  }

  /// Reads a run as far as it is whole; one that was killed is reported as that.
  ///
  /// @throws IOException with a sentence, if this is not the folder of a run, or one that this
  ///   version cannot read, or if there is nothing in it
  public static RunReport read(Path folder) throws IOException {
    return new RunReport(RecordedRun.read(folder));
  }

  RecordedRun run() {
    return run;
  }

  /// Whether the figures may be used: the run was not killed, and has found itself valid.
  public boolean isValid() {
    return run.summary().map(RunSummary::valid).orElse(false);
  }

  /// A summary as text. An invalid run says so at both ends.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(RunTexts.title(run));
    lines.addAll(RunTexts.about(run).lines());
    lines.add("");
    lines.add(verdict());
    RunTexts.doubts(run).forEach(doubt -> lines.add("  - " + doubt));
    lines.add("");
    lines.add(RunTexts.equation(run));
    lines.add("");
    add(lines, RunTexts.totals(run));
    add(lines, RunTexts.rates(run));
    add(lines, RunTexts.latencies(run));
    if (!isValid()) {
      lines.add(verdict());
    }
    return printable(lines);
  }

  /// Names and causes come from elsewhere: none of them may move the cursor of a terminal.
  static List<String> printable(List<String> lines) {
    return lines.stream().map(line -> line.replaceAll("\\p{Cntrl}", "?")).toList();
  }

  private String verdict() {
    String state = RunTexts.state(run);
    return (state.equals("valid") ? "Valid" : state) + ": " + RunTexts.stateSentence(run);
  }

  static void add(List<String> lines, RunTable table) {
    lines.add(table.caption() + ":");
    lines.addAll(table.lines());
    lines.add("");
  }

  /// Writes the page; it loads nothing.
  public void writePage(Path file) throws IOException {
    Files.writeString(file, RunPage.of(run));
  }

  /// What a condition says to this run.
  ///
  /// @throws IllegalStateException if it takes two runs
  public RunCondition.Verdict check(RunCondition condition) {
    return condition.check(run.figures());
  }

  /// One line for machines. Figures have the names that conditions know; one that the run does not
  /// have is left out. Microseconds, events, events a second, 0 to 1.
  public String json(List<RunCondition> conditions) {
    return new String(
        JSON.encode(
            new Json(
                run.path().toString(),
                run.summary().isPresent(),
                run.summary().map(RunSummary::valid).orElse(null),
                RunTexts.causes(run),
                run.remarks(),
                run.figures().unaccounted() == 0,
                figures(run.figures()),
                run.summary().map(RunSettings::of).orElse(Map.of()),
                conditions.stream()
                    .map(condition -> Checked.of(condition, check(condition)))
                    .toList())),
        StandardCharsets.UTF_8);
  }

  static Map<String, Double> figures(RunFigures of) {
    Map<String, Double> figures = new LinkedHashMap<>();
    RunMetric.ALL.stream()
        .filter(metric -> metric.unit() != RunUnit.TRUTH)
        .forEach(
            metric -> metric.of().apply(of).ifPresent(value -> figures.put(metric.name(), value)));
    return figures;
  }

  /// A condition and its answer, for machines.
  record Checked(
      @JsonProperty("condition") String condition,
      @JsonProperty("answer") String answer,
      @JsonProperty("finding") String finding) {
    static Checked of(RunCondition condition, RunCondition.Verdict verdict) {
      return new Checked(
          condition.toString(),
          verdict.answer().name().toLowerCase(Locale.ROOT),
          verdict.finding());
    }
  }

  private record Json(
      @JsonProperty("run") String run,
      @JsonProperty("complete") boolean complete,
      @JsonProperty("valid") Boolean valid,
      @JsonProperty("causes") List<String> causes,
      @JsonProperty("remarks") List<String> remarks,
      @JsonProperty("balanced") boolean balanced,
      @JsonProperty("figures") Map<String, Double> figures,
      @JsonProperty("settings") Map<String, String> settings,
      @JsonProperty("conditions") List<Checked> conditions) {}
}
