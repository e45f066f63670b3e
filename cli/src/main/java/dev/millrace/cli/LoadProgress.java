package dev.millrace.cli;

import dev.millrace.loadgen.Quantity;
import dev.millrace.loadgen.RunSecond;
import dev.millrace.loadgen.RunSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/// What a load run shows: a line a second while it goes on, on a terminal a single one with a bar
/// that is drawn anew; and its figures at the end.
final class LoadProgress {
  private final ProgressLine line;
  private final double durationS;

  /// @param durationS how long the run takes
  LoadProgress(PrintWriter err, boolean terminal, double durationS) {
    line = new ProgressLine(err, terminal);
    this.durationS = durationS;
  }

  void show(RunSecond second) {
    String figures =
        String.format(
            Locale.ROOT,
            line.isTerminal()
                ? "%4ds sent %,d/s ack p50 %s p99 %s late p99 %s"
                : "%4ds  sent %,9d/s  ack p50 %s p99 %s  late p99 %s",
            second.second() + 1,
            second.sent(),
            Quantity.micros(second.ackP50Us()),
            Quantity.micros(second.ackP99Us()),
            Quantity.micros(second.latenessP99Us()));
    long errors = second.failed() + second.unknown();
    line.show(
        (second.second() + 1) / durationS,
        figures
            + (second.sent() < second.due() * 99 / 100 ? " of " + Units.count(second.due()) : "")
            + " errors "
            + Units.count(errors)
            + (second.warmUp() ? " (warm-up)" : ""));
  }

  /// A remark between the lines of figures.
  void say(String remark) {
    line.say(remark);
  }

  /// Leaves the line that was drawn last.
  void end() {
    line.end();
  }

  /// The figures of the whole.
  static void summarize(RunSummary summary, Path folder, Path ledger, PrintWriter out) {
    RunSummary.Totals totals = summary.totals();
    RunSummary.Rate rate = summary.rate();
    out.println(
        count("sent", totals.sent())
            + String.format(Locale.ROOT, "  %,.0f/s", rate.sentPerS())
            + (rate.targetPerS() == null
                ? ", as fast as possible"
                : String.format(Locale.ROOT, " of %,.0f/s", rate.targetPerS())));
    out.println(
        count("acknowledged", totals.acknowledged())
            + String.format(Locale.ROOT, "  %,.0f/s", rate.acknowledgedPerS()));
    out.println(count("rejected", totals.rejected()));
    out.println(count("failed", totals.failed()));
    out.println(count("unknown", totals.unknown()));
    out.println(latency("ack", summary.latencyUs().ack()));
    out.println(latency("lateness", summary.latencyUs().lateness()));
    if (summary.latencyUs().e2e() != null) {
      out.println(latency("end to end", summary.latencyUs().e2e()));
    }
    out.println(
        text(
            "warm-up",
            String.format(Locale.ROOT, "%.0f s, in no rate and no latency", summary.warmUpS())));
    out.println(text("run", folder.toString()));
    out.println(text("ledger", ledger.toString()));
    summary.causes().forEach(cause -> out.println("INVALID: " + cause));
  }

  private static String latency(String name, RunSummary.Latency latency) {
    return text(
        name,
        "p50 "
            + Quantity.micros(latency.p50())
            + ", p99 "
            + Quantity.micros(latency.p99())
            + ", p99.9 "
            + Quantity.micros(latency.p999())
            + ", max "
            + Quantity.micros(latency.max()));
  }

  private static String count(String name, long value) {
    return text(name, Units.count(value));
  }

  private static String text(String name, String value) {
    return String.format(Locale.ROOT, "%-13s %s", name, value);
  }
}
