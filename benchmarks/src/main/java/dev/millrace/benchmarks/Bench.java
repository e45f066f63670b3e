package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs a benchmark by its name, and writes what it found as a table and as JSON.
public final class Bench {
  private static final Map<String, Class<?>> BENCHMARKS =
      Map.of("codec", CodecBenchmark.class, "sketch", SketchBenchmark.class);

  private Bench() {}

  /// The names that [#run] knows.
  public static Collection<String> names() {
    return BENCHMARKS.keySet().stream().sorted().toList();
  }

  record Line(
      @JsonProperty("name") String name,
      @JsonProperty("events_per_s") double eventsPerS,
      @JsonProperty("error_per_s") double errorPerS,
      @JsonProperty("allocated_bytes") double allocatedBytes) {}

  /// @param name one of [#names()]
  /// @param json where the report for machines goes; null for nowhere
  /// @throws IllegalArgumentException if there is no such benchmark
  /// @throws IOException if the report cannot be written
  public static void run(String name, PrintWriter out, Path json) throws IOException {
    Class<?> benchmark = BENCHMARKS.get(name);
    if (benchmark == null) {
      throw new IllegalArgumentException(
          "no benchmark '" + name + "'; there are " + String.join(", ", names()));
    }
    List<Line> lines;
    try {
      lines =
          new Runner(
                  new OptionsBuilder()
                      .include(benchmark.getName())
                      .addProfiler(GCProfiler.class)
                      .verbosity(VerboseMode.SILENT)
                      .build())
              .run().stream().map(Bench::line).toList();
    } catch (RunnerException e) {
      throw new IllegalStateException("benchmark " + name + " failed: " + e.getMessage(), e);
    }
    Report<Line> report = Report.of(name, lines);
    print(report, out);
    report.write(json);
  }

  private static Line line(RunResult run) {
    Result<?> throughput = run.getPrimaryResult();
    Result<?> allocated = run.getSecondaryResults().get("gc.alloc.rate.norm");
    return new Line(
        run.getParams().getBenchmark().replaceFirst(".*\\.", ""),
        throughput.getScore(),
        throughput.getScoreError(),
        allocated == null ? Double.NaN : allocated.getScore());
  }

  private static void print(Report<Line> report, PrintWriter out) {
    out.println(report.bench() + " on " + report.machine());
    out.printf(
        Locale.ROOT, "%-20s %14s %12s %14s%n", "", "a second", "± 99.9 %", "bytes allocated");
    for (Line line : report.results()) {
      out.printf(
          Locale.ROOT,
          "%-20s %,14.0f %,12.0f %,14.0f%n",
          line.name(),
          line.eventsPerS(),
          line.errorPerS(),
          line.allocatedBytes());
    }
    out.flush();
  }
}
