package dev.millrace.loadgen;

import dev.millrace.loadgen.RunSummary.Latency;
import dev.millrace.loadgen.RunSummary.Totals;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// The sentences and tables that say what a run was and what came of it, the same on the terminal
/// and on the page.
final class RunTexts {
  static final String NONE = "-";

  private RunTexts() {}

  /// `kafka, 50,000/s, 30 s after 5 s of warm-up`.
  static String title(RecordedRun run) {
    return run.summary()
        .map(summary ->
            summary.target()
                + ", "
                + RunSettings.targetRate(summary)
                + ", "
                + RunSettings.seconds(summary.durationS())
                + (summary.warmUpS() > 0
                    ? " of which " + RunSettings.seconds(summary.warmUpS()) + " warm-up"
                    : ""))
        .orElseGet(() -> "a run that was killed, " + run.seconds().size() + " s of it on record");
  }

  /// Whether the figures may be trusted, in a word.
  static String state(RecordedRun run) {
    return run.summary().map(summary -> summary.valid() ? "valid" : "INVALID").orElse("INCOMPLETE");
  }

  /// What that word means.
  static String stateSentence(RecordedRun run) {
    return switch (state(run)) {
      case "valid" -> "The generator was not the bottleneck: the figures are those of the target.";
      case "INVALID" ->
          "These are not the target's figures: it did not get the load that it was to get, or the"
              + " generator was the bottleneck.";
      default ->
          "The run was killed: these are the figures up to there, and nobody has judged them.";
    };
  }

  static List<String> causes(RecordedRun run) {
    return run.summary()
        .filter(summary -> summary.causes() != null)
        .map(RunSummary::causes)
        .orElse(List.of());
  }

  /// All that speaks against a run: why it is invalid, and what is missing or does not fit.
  static List<String> doubts(RecordedRun run) {
    List<String> doubts = new ArrayList<>(causes(run));
    doubts.addAll(run.remarks());
    return doubts;
  }

  /// sent = acknowledged + rejected + failed + unknown, and whether it is so.
  static String equation(RecordedRun run) {
    RunFigures figures = run.figures();
    Totals totals = figures.totals();
    long unaccounted = figures.unaccounted();
    String equation =
        count(totals.sent())
            + " sent "
            + (unaccounted == 0 ? "= " : "≠ ")
            + count(totals.acknowledged())
            + " acknowledged + "
            + count(totals.rejected())
            + " rejected + "
            + count(totals.failed())
            + " failed + "
            + count(totals.unknown())
            + " unknown";
    if (unaccounted == 0) {
      return equation + ".";
    }
    return run.summary().isEmpty()
        ? equation + ": " + count(unaccounted) + " had no fate yet when the run was killed."
        : equation + ": THE LEDGER DOES NOT BALANCE, it is off by " + count(unaccounted) + ".";
  }

  /// What was run, and where.
  static RunTable about(RecordedRun run) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("folder", run.path().toString()));
    run.summary()
        .ifPresent(summary -> {
          rows.add(List.of("started", String.valueOf(summary.started())));
          rows.add(
              List.of(
                  "command",
                  summary.command() == null
                      ? NONE
                      : "millrace " + String.join(" ", summary.command())));
          Map<String, String> settings = RunSettings.of(summary);
          rows.add(
              List.of(
                  "versions",
                  "millrace "
                      + settings.get("millrace")
                      + ", java "
                      + settings.get("java")
                      + ", kafka-clients "
                      + settings.get("kafka-clients")));
          rows.add(List.of("machine", settings.get("machine")));
          rows.add(List.of("workers", settings.get("workers")));
          rows.add(List.of("seed", settings.get("seed")));
        });
    return new RunTable("What was run", List.of("", ""), rows, false);
  }

  /// All settings.
  static RunTable settings(RunSummary summary) {
    List<List<String>> rows = new ArrayList<>();
    RunSettings.of(summary).forEach((name, value) -> rows.add(List.of(name, value)));
    return new RunTable("Settings", List.of("setting", "value"), rows, false);
  }

  /// Fates, with their share.
  static RunTable totals(RecordedRun run) {
    Totals totals = run.figures().totals();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("sent", count(totals.sent()), ""));
    rows.add(fate("acknowledged", totals.acknowledged(), totals));
    rows.add(fate("rejected", totals.rejected(), totals));
    rows.add(fate("failed", totals.failed(), totals));
    rows.add(fate("unknown", totals.unknown(), totals));
    return new RunTable(
        "Events, warm-up included", List.of("fate", "events", "of sent"), rows, true);
  }

  private static List<String> fate(String name, long events, Totals totals) {
    return List.of(
        name,
        count(events),
        totals.sent() == 0 ? NONE : RunUnit.SHARE.show((double) events / totals.sent()));
  }

  /// Events a second.
  static RunTable rates(RecordedRun run) {
    RunSummary.Rate rate = run.figures().rate();
    return new RunTable(
        "Rates, warm-up left out",
        List.of("rate", "events/s"),
        List.of(
            List.of("target", run.summary().map(RunSettings::targetRate).orElse("not known")),
            List.of("sent", RunUnit.PER_S.show(rate.sentPerS())),
            List.of("acknowledged", RunUnit.PER_S.show(rate.acknowledgedPerS()))),
        true);
  }

  /// Latencies; a kind that was not measured is left out.
  static RunTable latencies(RecordedRun run) {
    List<List<String>> rows = new ArrayList<>();
    RunSummary.Latencies latencies = run.figures().latencies();
    add(rows, "ack", latencies.ack());
    add(rows, "e2e", latencies.e2e());
    add(rows, "lateness", latencies.lateness());
    return new RunTable(
        "Latencies from when an event was due, warm-up left out",
        List.of("", "count", "mean", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "max"),
        rows,
        true);
  }

  private static void add(List<List<String>> rows, String name, Latency of) {
    if (of != null && of.count() > 0) {
      rows.add(
          List.of(
              name,
              count(of.count()),
              RunUnit.MICROS.show(of.mean()),
              RunUnit.MICROS.show(of.p50()),
              RunUnit.MICROS.show(of.p90()),
              RunUnit.MICROS.show(of.p95()),
              RunUnit.MICROS.show(of.p99()),
              RunUnit.MICROS.show(of.p999()),
              RunUnit.MICROS.show(of.p9999()),
              RunUnit.MICROS.show(of.max())));
    }
  }

  static String show(RunMetric metric, OptionalDouble value) {
    return value.isPresent() ? metric.unit().show(value.getAsDouble()) : NONE;
  }

  static String count(long events) {
    return RunUnit.COUNT.show(events);
  }
}
