package dev.millrace.benchmarks;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/// What [ProcessorBench] found, for people.
final class OutcomeTable {
  private static final String NONE = "-";

  private final Report<Outcome> report;

  OutcomeTable(Report<Outcome> report) {
    this.report = report;
  }

  private record Column(String title, Function<Outcome, String> cell) {}

  void print(PrintWriter out) {
    List<Column> columns =
        List.of(
            new Column("", Outcome::name),
            new Column("events", outcome -> count(outcome.events())),
            new Column("events/s", outcome -> count(outcome.eventsPerS())),
            new Column(
                "steady/s",
                outcome ->
                    outcome.steadyEventsPerS() == null
                        ? "not reached"
                        : count(outcome.steadyEventsPerS())),
            new Column("x textbook", outcome -> ratioTo(Contestant.TEXTBOOK, outcome, "%.1f")),
            new Column("of consumer", outcome -> ratioTo(Contestant.CONSUMER, outcome, "%.2f")),
            new Column("in first 3 s", outcome -> count(outcome.first3sEvents())),
            new Column("CPU s/M", outcome -> number("%.2f", outcome.cpuSPerMillion())),
            new Column("broker's", outcome -> number("%.2f", outcome.brokerCpuSPerMillion())),
            new Column(
                "peak MiB",
                outcome ->
                    outcome.peakRssBytes() == null ? NONE : count(outcome.peakRssBytes() >> 20)),
            new Column("rows", OutcomeTable::verdict));
    out.printf("%s on %s%n", report.bench(), report.machine());
    out.println(line(columns, Column::title));
    report
        .results()
        .forEach(outcome -> out.println(line(columns, column -> column.cell().apply(outcome))));
    out.println(
        "events/s: from the start of the process until all is done and committed; steady/s: between"
            + " 40 % and 95 %, warm.");
    out.flush();
  }

  private String line(List<Column> columns, Function<Column, String> cell) {
    StringBuilder line = new StringBuilder();
    for (Column column : columns) {
      int width = column.title().length();
      for (Outcome outcome : report.results()) {
        width = Math.max(width, column.cell().apply(outcome).length());
      }
      String text = cell.apply(column);
      String padding = " ".repeat(width - text.length());
      line.append(line.isEmpty() ? text + padding : "  " + padding + text);
    }
    return line.toString();
  }

  private String ratioTo(Contestant other, Outcome outcome, String format) {
    Optional<Outcome> found =
        report.results().stream()
            .filter(candidate -> candidate.name().equals(other.label()))
            .findFirst();
    return found.map(base -> number(format, outcome.eventsPerS() / base.eventsPerS())).orElse(NONE);
  }

  private static String verdict(Outcome outcome) {
    if (outcome.correct() == null) {
      return NONE;
    }
    return outcome.correct()
        ? "right"
        : "WRONG: "
            + (outcome.counted() > outcome.events() ? "+" : "")
            + count(outcome.counted() - outcome.events());
  }

  private static String count(double value) {
    return number("%,.0f", value);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
