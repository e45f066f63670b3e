package dev.millrace.loadgen;

import dev.millrace.loadgen.RunChart.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/// What the charts of a run, or of two, are made of. A chart that would be empty is left out.
final class RunCharts {
  /// Points of the percentile plot between one nine and the next.
  private static final int POINTS_A_NINE = 20;

  /// Where the percentile plot ends: 99.999 %.
  private static final int MAX_NINES = 5;

  private static final String LOG = " The y axis is logarithmic; 0 is drawn as 1 µs.";

  private final List<RecordedRun> runs;
  private final TreeSet<Long> seconds = new TreeSet<>();
  private final List<Double> x;
  private final double warmUp;

  private RunCharts(List<RecordedRun> runs) {
    this.runs = runs;
    for (RecordedRun run : runs) {
      run.seconds().forEach(second -> seconds.add(second.second()));
      run.latencies().points(LatencyCourse.ACK).forEach(point -> seconds.add(point.second()));
      run.latencies().points(LatencyCourse.E2E).forEach(point -> seconds.add(point.second()));
    }
    this.x = seconds.stream().map(Long::doubleValue).toList();
    this.warmUp = runs.stream().mapToDouble(RunCharts::warmUp).max().orElse(0);
  }

  /// The charts of a run.
  static List<RunChart> of(RecordedRun run) {
    return new RunCharts(List.of(run)).charts(List.of(""));
  }

  /// Charts that have both runs in them, each from its own start.
  static List<RunChart> of(RecordedRun a, RecordedRun b) {
    return new RunCharts(List.of(a, b)).charts(List.of("A ", "B "));
  }

  private static double warmUp(RecordedRun run) {
    long warm = run.seconds().stream().filter(RunSecond::warmUp).count();
    return run.seconds().isEmpty() ? run.summary().map(RunSummary::warmUpS).orElse(0.0) : warm;
  }

  private List<RunChart> charts(List<String> names) {
    boolean one = runs.size() == 1;
    List<Line> throughput = new ArrayList<>();
    List<Line> ack = new ArrayList<>();
    List<Line> e2e = new ArrayList<>();
    List<Line> lateness = new ArrayList<>();
    List<Line> cpu = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      RecordedRun run = runs.get(i);
      String name = names.get(i);
      int color = i + 1;
      List<RunSecond> whole = whole(run);
      if (one) {
        series(throughput, whole, "due", 4, true, RunSecond::due);
        series(throughput, whole, "sent", 2, false, RunSecond::sent);
      }
      series(throughput, whole, name + "acknowledged", color, false, RunSecond::acknowledged);
      if (one) {
        lost(throughput, run, "rejected", 6, RunSecond::rejected);
        lost(throughput, run, "failed", 5, RunSecond::failed);
        lost(throughput, run, "unknown", 3, RunSecond::unknown);
      } else {
        lost(
            throughput,
            run,
            name + "rejected, failed, unknown",
            color + 4,
            second -> second.rejected() + second.failed() + second.unknown());
      }
      latencies(ack, run, LatencyCourse.ACK, name, color, one);
      latencies(e2e, run, LatencyCourse.E2E, name, color, one);
      series(lateness, run.seconds(), name + "p99", color, false, RunSecond::latenessP99Us);
      series(
          lateness, run.seconds(), name + "max", one ? 2 : color, true, RunSecond::latenessMaxUs);
      series(cpu, run.seconds(), name + "CPU", color, false, RunSecond::cpu);
    }
    List<RunChart> charts = new ArrayList<>();
    time(
        charts,
        "throughput",
        "Throughput over time",
        "Events in each whole second of sending; what was settled later is in the totals.",
        RunUnit.PER_S,
        throughput);
    time(
        charts,
        "ack",
        "Latency over time",
        "From when an event was due until it was acknowledged." + LOG,
        RunUnit.MICROS,
        ack);
    time(
        charts,
        "e2e",
        "End to end over time",
        "From when an event was due until the row of its window could be read." + LOG,
        RunUnit.MICROS,
        e2e);
    percentiles(charts, names);
    time(
        charts,
        "lateness",
        "Lateness over time",
        "How long after it was due the generator handed an event over: its own share in the latency."
            + LOG,
        RunUnit.MICROS,
        lateness);
    time(
        charts,
        "cpu",
        "CPU of the generator over time",
        "Share of the machine. A generator that has none left measures itself.",
        RunUnit.SHARE,
        cpu);
    return charts;
  }

  private void time(
      List<RunChart> charts, String id, String title, String note, RunUnit unit, List<Line> lines) {
    if (!lines.isEmpty()) {
      charts.add(RunChart.of(id, title, note, unit, RunChart.SECOND, warmUp, x, lines));
    }
  }

  /// Seconds of which events were sent in a part only, and those in which the last fates were told,
  /// would look like a target that got slow.
  private static List<RunSecond> whole(RecordedRun run) {
    double sendingS =
        run.summary()
            .map(summary -> summary.sendingS() > 0 ? summary.sendingS() : summary.durationS())
            .orElse(Double.POSITIVE_INFINITY);
    List<RunSecond> whole =
        run.seconds().stream().filter(second -> second.second() + 1 <= sendingS).toList();
    return whole.isEmpty() ? run.seconds() : whole;
  }

  private void series(
      List<Line> lines,
      List<RunSecond> of,
      String label,
      int color,
      boolean dashed,
      ToDoubleFunction<RunSecond> value) {
    Map<Long, Double> values = new TreeMap<>();
    of.forEach(second -> values.put(second.second(), value.applyAsDouble(second)));
    line(lines, label, color, dashed, values);
  }

  /// What is not to be, and has a line only if it was.
  private void lost(
      List<Line> lines,
      RecordedRun run,
      String label,
      int color,
      ToDoubleFunction<RunSecond> value) {
    if (run.seconds().stream().anyMatch(second -> value.applyAsDouble(second) > 0)) {
      series(lines, run.seconds(), label, color, true, value);
    }
  }

  private void latencies(
      List<Line> lines, RecordedRun run, String tag, String name, int color, boolean one) {
    Map<Long, Double> p50 = new TreeMap<>();
    Map<Long, Double> p99 = new TreeMap<>();
    Map<Long, Double> max = new TreeMap<>();
    for (LatencyCourse.Point point : run.latencies().points(tag)) {
      p50.put(point.second(), (double) point.p50());
      p99.put(point.second(), (double) point.p99());
      max.put(point.second(), (double) point.max());
    }
    if (one) {
      line(lines, "p50", 3, false, p50);
      line(lines, "p99", 1, false, p99);
      line(lines, "max", 2, true, max);
    } else {
      line(lines, name + "p50", color, true, p50);
      line(lines, name + "p99", color, false, p99);
    }
  }

  private void line(
      List<Line> lines, String label, int color, boolean dashed, Map<Long, Double> values) {
    if (!values.isEmpty()) {
      lines.add(new Line(label, color, dashed, seconds.stream().map(values::get).toList()));
    }
  }

  private void percentiles(List<RunChart> charts, List<String> names) {
    List<Double> nines = new ArrayList<>();
    for (int i = 0; i <= MAX_NINES * POINTS_A_NINE; i++) {
      nines.add((double) i / POINTS_A_NINE);
    }
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      LatencyCourse log = runs.get(i).latencies();
      boolean one = runs.size() == 1;
      percentiles(
          lines, names.get(i) + "ack", i + 1, false, log.measured(LatencyCourse.ACK), nines);
      percentiles(
          lines,
          names.get(i) + "e2e",
          one ? 3 : i + 1,
          !one,
          log.measured(LatencyCourse.E2E),
          nines);
      if (one) {
        percentiles(lines, "lateness", 2, true, log.measured(LatencyCourse.LATENESS), nines);
      }
    }
    if (!lines.isEmpty()) {
      charts.add(
          RunChart.of(
              "percentiles",
              "Percentiles",
              "Which share of the events was no slower, warm-up left out. A line ends where there are"
                  + " too few events to say more."
                  + LOG,
              RunUnit.MICROS,
              RunChart.PERCENTILE,
              0,
              nines,
              lines));
    }
  }

  private static void percentiles(
      List<Line> lines,
      String label,
      int color,
      boolean dashed,
      Histogram values,
      List<Double> nines) {
    if (values.getTotalCount() == 0) {
      return;
    }
    // Of n events, the slowest stands for the last 1/n: percentiles beyond that would repeat it.
    double last = Math.log10(values.getTotalCount());
    List<Double> line = new ArrayList<>();
    for (double nine : nines) {
      double percentile = 100 * (1 - Math.pow(10, -nine));
      line.add(
          nine <= last + 1.0 / POINTS_A_NINE
              ? (double) values.getValueAtPercentile(percentile)
              : null);
    }
    lines.add(new Line(label, color, dashed, line));
  }
}
