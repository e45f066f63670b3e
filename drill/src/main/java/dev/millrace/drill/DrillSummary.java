package dev.millrace.drill;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What many drills have come to, by fault. A table in Markdown, which can be read as it is.
public final class DrillSummary {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          // A result of another version has more or less to say, and can be counted all the same.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private final Map<Path, DrillResult> results;

  private DrillSummary(Map<Path, DrillResult> results) {
    this.results = results;
  }

  /// Reads results that [DrillResult#write] has written.
  ///
  /// @throws IllegalArgumentException if a file is no result of a drill
  public static DrillSummary read(Collection<Path> files) throws IOException {
    Map<Path, DrillResult> results = new TreeMap<>();
    for (Path file : files) {
      results.put(file, read(file));
    }
    return new DrillSummary(results);
  }

  private static DrillResult read(Path file) throws IOException {
    String wrong = "--summary " + file + ": is no result of a drill's --json";
    DrillResult result;
    try {
      result = JSON.readValue(file.toFile(), DrillResult.class);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(wrong + ": " + e.getOriginalMessage(), e);
    }
    if (result.command() == null || result.faults() == null || result.checks() == null) {
      throw new IllegalArgumentException(wrong);
    }
    return result;
  }

  /// Whether everything has held in all of them.
  public boolean isBalanced() {
    return results.values().stream().allMatch(DrillResult::balanced);
  }

  /// The summary for people.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    long balanced = results.values().stream().filter(DrillResult::balanced).count();
    lines.add(
        String.format(
            Locale.ROOT,
            "Balanced: %d of %d drills. Seeds %s of",
            balanced,
            results.size(),
            results.values().stream()
                .map(DrillResult::seed)
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(", "))));
    results.values().stream()
        .map(result -> result.command().replaceFirst("--seed \\S+", "--seed N"))
        .distinct()
        .sorted()
        .forEach(command -> lines.add("    " + command));
    results.forEach((file, result) -> {
      if (!result.balanced()) {
        lines.add(
            "Not balanced: seed " + result.seed() + ", " + broken(result) + " (" + file + ")");
      }
    });
    long sentAgain = results.values().stream().mapToLong(DrillResult::sentAgain).sum();
    if (sentAgain > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "Sent again under their key after an edge had ended, and counted again: %,d events",
              sentAgain));
    }
    lines.add("");
    lines.add(
        "| fault | times | windows again after, median | at most | lost | doubled | in doubt |");
    lines.add("|---|---:|---:|---:|---:|---:|---:|");
    Map<String, List<FaultFigures>> byName =
        results.values().stream()
            .flatMap(result -> result.faults().stream())
            .collect(Collectors.groupingBy(FaultFigures::name, TreeMap::new, Collectors.toList()));
    byName.forEach((name, faults) -> lines.add(row("`" + name + "`", faults)));
    lines.add(row("all", byName.values().stream().flatMap(List::stream).toList()));
    return lines;
  }

  private static String broken(DrillResult result) {
    if (result.aborted() != null) {
      return "aborted: " + result.aborted();
    }
    return result.checks().stream()
        .filter(check -> !check.holds())
        .map(Check::name)
        .collect(Collectors.joining(", "));
  }

  private static String row(String name, List<FaultFigures> faults) {
    // What has never come back took longer than anything else.
    double[] recoveries =
        faults.stream()
            .mapToDouble(fault ->
                fault.recoveryMs() == null ? Double.POSITIVE_INFINITY : fault.recoveryMs() / 1e3)
            .sorted()
            .toArray();
    return String.format(
        Locale.ROOT,
        "| %s | %,d | %s | %s | %,d | %,d | %,d |",
        name,
        faults.size(),
        seconds(median(recoveries)),
        seconds(Arrays.stream(recoveries).max().orElse(Double.NaN)),
        faults.stream().mapToLong(FaultFigures::lost).sum(),
        faults.stream().mapToLong(FaultFigures::duplicated).sum(),
        faults.stream().mapToLong(FaultFigures::inDoubt).sum());
  }

  /// The lower one of two in the middle would be too good, and half of infinity is none.
  private static double median(double[] sorted) {
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }

  private static String seconds(double seconds) {
    if (Double.isNaN(seconds)) {
      return "";
    }
    return Double.isInfinite(seconds) ? "never" : String.format(Locale.ROOT, "%.1f s", seconds);
  }
}
