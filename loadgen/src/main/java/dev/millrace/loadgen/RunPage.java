package dev.millrace.loadgen;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.JsonRecords;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A report as one page of HTML that loads nothing: style, script and data are in it, and its
/// content security policy forbids all else. It stays readable without the script, which only draws
/// what the tables say.
final class RunPage {
  /// Above this many rows the table of a chart is left out: it would be larger than all the rest.
  private static final int MAX_ROWS = 3_600;

  private static final JsonRecords<Data> DATA = new JsonRecords<>(Data.class);

  private final StringBuilder body = new StringBuilder();

  private record Data(
      @JsonProperty("mark") String mark, @JsonProperty("charts") List<RunChart> charts) {}

  private RunPage() {}

  /// The page of a run.
  static String of(RecordedRun run) {
    RunPage page = new RunPage();
    String state = RunTexts.state(run);
    boolean valid = state.equals("valid");
    page.heading("Load run", RunTexts.title(run));
    page.banner(
        valid ? run.remarks().isEmpty() ? "good" : "warn" : "bad",
        valid ? "Valid" : state,
        RunTexts.stateSentence(run),
        RunTexts.doubts(run));
    page.tiles(run);
    page.add("<section><h2>In the course of the run</h2>\n");
    List<RunChart> charts = RunCharts.of(run);
    charts.forEach(page::chart);
    page.add("</section>\n<section><h2>The numbers</h2>\n");
    page.table(RunTexts.latencies(run));
    page.table(RunTexts.totals(run));
    page.add("<p>" + Html.escape(RunTexts.equation(run)) + "</p>\n");
    page.table(RunTexts.rates(run));
    page.add("</section>\n<section><h2>What was run</h2>\n");
    page.table(RunTexts.about(run));
    run.summary().ifPresent(summary -> page.table(RunTexts.settings(summary)));
    page.add("</section>\n");
    return page.html(valid ? "" : state, "Load run: " + RunTexts.title(run), charts);
  }

  /// The page of a comparison.
  static String of(RunComparison comparison) {
    RunPage page = new RunPage();
    RecordedRun a = comparison.a().run();
    RecordedRun b = comparison.b().run();
    boolean valid = comparison.a().isValid() && comparison.b().isValid();
    page.heading("Two load runs", "B against A");
    page.add("<p><strong>A</strong> " + Html.escape(RunTexts.title(a)) + "<br><strong>B</strong> ");
    page.add(Html.escape(RunTexts.title(b)) + "</p>\n");
    if (!comparison.warnings().isEmpty()) {
      page.banner(
          valid ? "warn" : "bad",
          valid ? "Not whole" : "INVALID",
          valid ? "Something is missing." : "Nothing follows from this comparison.",
          comparison.warnings());
    }
    boolean same = comparison.differences().isEmpty();
    page.banner(
        same ? "good" : "warn",
        same ? "Like with like" : "Not the same",
        comparison.differenceSentence(),
        List.of());
    if (!same) {
      page.table(comparison.differenceTable());
    }
    page.add("<section><h2>The numbers</h2>\n");
    page.table(comparison.figures());
    page.add("<p>A: " + Html.escape(RunTexts.equation(a)) + "<br>B: ");
    page.add(Html.escape(RunTexts.equation(b)) + "</p>\n");
    page.add("</section>\n<section><h2>In the course of the runs</h2>\n");
    List<RunChart> charts = RunCharts.of(a, b);
    charts.forEach(page::chart);
    page.add("</section>\n<section><h2>What was run</h2>\n<h3>A</h3>\n");
    page.table(RunTexts.about(a));
    a.summary().ifPresent(summary -> page.table(RunTexts.settings(summary)));
    page.add("<h3>B</h3>\n");
    page.table(RunTexts.about(b));
    b.summary().ifPresent(summary -> page.table(RunTexts.settings(summary)));
    page.add("</section>\n");
    return page.html(valid ? "" : "INVALID", "Two load runs: B against A", charts);
  }

  private void add(String html) {
    body.append(html);
  }

  private void heading(String name, String title) {
    add(
        "<header><h1>"
            + name
            + "</h1><p class=\"title\">"
            + Html.escape(title)
            + "</p></header>\n");
  }

  private void banner(String kind, String word, String sentence, List<String> items) {
    add("<div class=\"banner " + kind + "\"><p><strong>" + Html.escape(word) + "</strong> ");
    add(Html.escape(sentence) + "</p>\n");
    if (!items.isEmpty()) {
      add("<ul>");
      items.forEach(item -> add("<li>" + Html.escape(item) + "</li>"));
      add("</ul>");
    }
    add("</div>\n");
  }

  private void tiles(RecordedRun run) {
    add("<dl class=\"tiles\">\n");
    for (String[] tile :
        new String[][] {
          {"rate.acknowledged", "acknowledged"},
          {"ack.p50", "ack, median"},
          {"ack.p99", "ack, 99 %"},
          {"ack.p9999", "ack, 99.99 %"},
          {"e2e.p99", "end to end, 99 %"},
          {"lateness.p99", "lateness, 99 %"},
          {"totals.failed", "failed"},
          {"totals.unknown", "unknown"},
        }) {
      RunMetric metric = RunMetric.named(tile[0]).orElseThrow();
      metric
          .of()
          .apply(run.figures())
          .ifPresent(value ->
              add(
                  "<div><dt>"
                      + tile[1]
                      + "</dt><dd>"
                      + Html.escape(metric.unit().show(value))
                      + "</dd></div>\n"));
    }
    add("</dl>\n");
  }

  private void chart(RunChart chart) {
    add("<figure><figcaption><h3>" + chart.title() + "</h3><p>" + chart.note());
    if (chart.warmUp() > 0) {
      add(" Shaded: warm-up, left out of rates and latencies.");
    }
    add(
        "</p></figcaption><div class=\"chart\" id=\""
            + chart.id()
            + "\" tabindex=\"0\" role=\"img\"");
    add(" aria-label=\"" + Html.escape(chart.description()) + "\"></div>");
    add("<p class=\"readout\" aria-live=\"polite\"></p>\n");
    if (chart.x().size() > MAX_ROWS) {
      add("<p>As a table it would be too long: see " + RunSecond.FILE + ".</p></figure>\n");
      return;
    }
    add("<details><summary>" + chart.title() + " as a table</summary>\n");
    table(chart.table());
    add("</details></figure>\n");
  }

  private void table(RunTable table) {
    add(table.html());
  }

  /// @param mark what an unusable run is marked with; empty for a good one
  private String html(String mark, String title, List<RunChart> charts) {
    String data = new String(DATA.encode(new Data(mark, charts)), StandardCharsets.UTF_8);
    return PageFrame.html(
        mark, (mark.isEmpty() ? "" : mark + " ") + title, body.toString(), Html.json(data));
  }
}
