package dev.millrace.loadgen;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.JsonRecords;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/// Two runs side by side: B against A. What is not the same in both comes first, because a ratio
/// between unlike runs says nothing about what was changed.
public final class RunComparison {
  private static final JsonRecords<Json> JSON = new JsonRecords<>(Json.class);

  private final RunReport a;
  private final RunReport b;

  /// @param a the base
  /// @param b what is compared with it
  public RunComparison(RunReport a, RunReport b) {
    this.a = a;
    this.b = b;
  }

  /// A setting that is not the same.
  record Difference(
      @JsonProperty("setting") String setting,
      @JsonProperty("a") String a,
      @JsonProperty("b") String b) {}

  /// The comparison as text.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("A  " + RunTexts.title(a.run()) + "  (" + a.run().path() + ")");
    lines.add("B  " + RunTexts.title(b.run()) + "  (" + b.run().path() + ")");
    lines.add("");
    warnings().forEach(lines::add);
    lines.add(differenceSentence());
    if (!differences().isEmpty()) {
      lines.addAll(differenceTable().lines());
    }
    lines.add("");
    RunReport.add(lines, figures());
    lines.add("A: " + RunTexts.equation(a.run()));
    lines.add("B: " + RunTexts.equation(b.run()));
    return RunReport.printable(lines);
  }

  /// Why one of the runs should not be compared at all.
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    warn(warnings, "A", a);
    warn(warnings, "B", b);
    return warnings;
  }

  private static void warn(List<String> warnings, String name, RunReport report) {
    if (!report.isValid()) {
      warnings.add(
          name
              + " IS "
              + RunTexts.state(report.run()).toUpperCase(Locale.ROOT)
              + ": "
              + RunTexts.stateSentence(report.run()));
    }
    RunTexts.doubts(report.run()).forEach(doubt -> warnings.add(name + ": " + doubt));
  }

  String differenceSentence() {
    int count = differences().size();
    return switch (count) {
      case 0 -> "Settings, machine and versions are the same.";
      case 1 -> "THE RUNS DIFFER in one setting:";
      default -> "THE RUNS DIFFER in " + count + " settings:";
    };
  }

  List<Difference> differences() {
    if (a.run().summary().isEmpty() || b.run().summary().isEmpty()) {
      return List.of(new Difference("all settings", known(a), known(b)));
    }
    Map<String, String> ofA = RunSettings.of(a.run().summary().get());
    Map<String, String> ofB = RunSettings.of(b.run().summary().get());
    Set<String> names = new LinkedHashSet<>(ofA.keySet());
    names.addAll(ofB.keySet());
    return names.stream()
        .map(name ->
            new Difference(
                name, ofA.getOrDefault(name, RunTexts.NONE), ofB.getOrDefault(name, RunTexts.NONE)))
        .filter(difference -> !difference.a().equals(difference.b()))
        .toList();
  }

  private static String known(RunReport report) {
    return report.run().summary().isPresent() ? "known" : "not known, the run was killed";
  }

  RunTable differenceTable() {
    return new RunTable(
        "What differs",
        List.of("setting", "A", "B"),
        differences().stream()
            .map(difference -> List.of(difference.setting(), difference.a(), difference.b()))
            .toList(),
        false);
  }

  /// All figures that one of the runs has.
  RunTable figures() {
    List<List<String>> rows = new ArrayList<>();
    for (RunMetric metric : RunMetric.ALL) {
      OptionalDouble ofA = metric.of().apply(a.run().figures());
      OptionalDouble ofB = metric.of().apply(b.run().figures());
      if (ofA.isPresent() || ofB.isPresent()) {
        rows.add(
            List.of(
                metric.name(),
                RunTexts.show(metric, ofA),
                RunTexts.show(metric, ofB),
                ratio(metric, ofA, ofB)));
      }
    }
    return new RunTable("Figures", List.of("", "A", "B", "B/A"), rows, true);
  }

  private static String ratio(RunMetric metric, OptionalDouble ofA, OptionalDouble ofB) {
    if (metric.unit() == RunUnit.TRUTH
        || ofA.isEmpty()
        || ofB.isEmpty()
        || ofA.getAsDouble() == 0) {
      return RunTexts.NONE;
    }
    return String.format(Locale.ROOT, "%.2fx", ofB.getAsDouble() / ofA.getAsDouble());
  }

  /// Writes a page with both; it loads nothing.
  public void writePage(Path file) throws IOException {
    Files.writeString(file, RunPage.of(this));
  }

  RunReport a() {
    return a;
  }

  RunReport b() {
    return b;
  }

  /// What a condition says: a ratio to both, any other to B. Validity is asked of both, because a
  /// comparison is as good as its worse half.
  public RunCondition.Verdict check(RunCondition condition) {
    if (condition.isRatio()) {
      return condition.check(a.run().figures(), b.run().figures());
    }
    RunCondition.Verdict ofA = of("A", condition.check(a.run().figures()));
    RunCondition.Verdict ofB = of("B", condition.check(b.run().figures()));
    return condition.isAboutValidity() && ofA.answer().compareTo(ofB.answer()) < 0 ? ofA : ofB;
  }

  private static RunCondition.Verdict of(String name, RunCondition.Verdict verdict) {
    return new RunCondition.Verdict(verdict.answer(), name + ": " + verdict.finding());
  }

  /// One line for machines, in the manner of [RunReport#json(List)].
  public String json(List<RunCondition> conditions) {
    Map<String, Double> ofA = RunReport.figures(a.run().figures());
    Map<String, Double> ofB = RunReport.figures(b.run().figures());
    Map<String, Double> ratios = new LinkedHashMap<>();
    ofA.forEach((name, value) -> {
      if (value != 0 && ofB.containsKey(name)) {
        ratios.put(name, ofB.get(name) / value);
      }
    });
    return new String(
        JSON.encode(
            new Json(
                Side.of(a),
                Side.of(b),
                ratios,
                differences(),
                conditions.stream()
                    .map(condition -> RunReport.Checked.of(condition, check(condition)))
                    .toList())),
        StandardCharsets.UTF_8);
  }

  private record Side(
      @JsonProperty("run") String run,
      @JsonProperty("complete") boolean complete,
      @JsonProperty("valid") Boolean valid,
      @JsonProperty("remarks") List<String> remarks,
      @JsonProperty("figures") Map<String, Double> figures) {
    static Side of(RunReport report) {
      RecordedRun run = report.run();
      return new Side(
          run.path().toString(),
          run.summary().isPresent(),
          run.summary().map(RunSummary::valid).orElse(null),
          run.remarks(),
          RunReport.figures(run.figures()));
    }
  }

  private record Json(
      @JsonProperty("a") Side a,
      @JsonProperty("b") Side b,
      @JsonProperty("ratios") Map<String, Double> ratios,
      @JsonProperty("differences") List<Difference> differences,
      @JsonProperty("conditions") List<RunReport.Checked> conditions) {}
}
