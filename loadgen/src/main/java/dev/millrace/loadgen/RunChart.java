package dev.millrace.loadgen;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/// A chart of the page, as data for its script.
///
/// @param id of its element
/// @param title what it shows
/// @param note how it is to be read
/// @param unitName of its values: `micros`, `per_s` or `share`
/// @param axis of its x axis: `second`, or `percentile` for log10(1 / (1 − quantile))
/// @param warmUp how many seconds at the start are warm-up
/// @param x ascending
/// @param lines what is drawn
record RunChart(
    @JsonProperty("id") String id,
    @JsonProperty("title") String title,
    @JsonProperty("note") String note,
    @JsonProperty("unit") String unitName,
    @JsonProperty("axis") String axis,
    @JsonProperty("warm_up") double warmUp,
    @JsonProperty("x") List<Double> x,
    @JsonProperty("lines") List<Line> lines) {
  static final String SECOND = "second";
  static final String PERCENTILE = "percentile";

  /// A line of a chart.
  ///
  /// @param label its name
  /// @param color number of a colour of the style sheet
  /// @param dashed whether it stands for something beside the main thing
  /// @param values as many as there are x; null where there is none
  record Line(
      @JsonProperty("label") String label,
      @JsonProperty("color") int color,
      @JsonProperty("dashed") boolean dashed,
      @JsonProperty("values") List<Double> values) {}

  static RunChart of(
      String id,
      String title,
      String note,
      RunUnit unit,
      String axis,
      double warmUp,
      List<Double> x,
      List<Line> lines) {
    return new RunChart(
        id, title, note, unit.name().toLowerCase(Locale.ROOT), axis, warmUp, x, lines);
  }

  private RunUnit unit() {
    return RunUnit.valueOf(unitName.toUpperCase(Locale.ROOT));
  }

  /// The chart in a sentence, for those who do not see it.
  String description() {
    return title
        + ". "
        + lines.stream().map(this::range).collect(Collectors.joining("; "))
        + ". Its numbers are in the table below it.";
  }

  /// All numbers of the chart.
  RunTable table() {
    List<String> head = new ArrayList<>();
    head.add(axis.equals(SECOND) ? "second" : "no slower");
    lines.forEach(line -> head.add(line.label()));
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < x.size(); i++) {
      List<String> row = new ArrayList<>();
      row.add(at(x.get(i)));
      for (Line line : lines) {
        Double value = line.values().get(i);
        row.add(value == null ? RunTexts.NONE : unit().show(value));
      }
      rows.add(row);
    }
    return new RunTable(title, head, rows, true);
  }

  private String at(double x) {
    if (axis.equals(PERCENTILE)) {
      return percentile(x);
    }
    return RunUnit.COUNT.show(x) + (x < warmUp ? " (warm-up)" : "");
  }

  /// With as many decimals as it takes to tell it from the next.
  private static String percentile(double nines) {
    int decimals = Math.max(1, (int) Math.ceil(nines));
    return String.format(Locale.ROOT, "%." + decimals + "f %%", 100 * (1 - Math.pow(10, -nines)));
  }

  private String range(Line line) {
    List<Double> values = new ArrayList<>(line.values());
    values.removeIf(Objects::isNull);
    RunUnit of = unit();
    return values.isEmpty()
        ? line.label() + ": no values"
        : line.label()
            + ": "
            + of.show(values.stream().mapToDouble(Double::doubleValue).min().orElseThrow())
            + " to "
            + of.show(values.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
  }
}
