package dev.millrace.cli;

import dev.millrace.loadgen.RunSecond;
import dev.millrace.loadgen.RunSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/// What a load run shows: a line a second while it goes on, on a terminal a single one with a bar
/// that is drawn anew; and its figures at the end.
final class LoadProgress {
  private static final int BAR_WIDTH = 10;
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintWriter err;
  private final boolean terminal;
  private final double durationS;
  private boolean drawn;

  /// @param durationS how long the run takes
  LoadProgress(PrintWriter err, boolean terminal, double durationS) {
    this.err = err;
    this.terminal = terminal;
    this.durationS = durationS;
  }

  void show(RunSecond second) {
    String figures =
        String.format(
            Locale.ROOT,
            terminal
                ? "%4ds sent %,d/s ack p50 %s p99 %s late p99 %s"
                : "%4ds  sent %,9d/s  ack p50 %s p99 %s  late p99 %s",
            second.second() + 1,
            second.sent(),
            Units.micros(second.ackP50Us()),
            Units.micros(second.ackP99Us()),
            Units.micros(second.latenessP99Us()));
    long errors = second.failed() + second.unknown();
    line(
        (terminal ? bar((second.second() + 1) / durationS) : "")
            + figures
            + (second.sent() < second.due() * 99 / 100 ? " of " + Units.count(second.due()) : "")
            + " errors "
            + Units.count(errors)
            + (second.warmUp() ? " (warm-up)" : ""));
  }

  /// A remark between the lines of figures.
  void say(String remark) {
    end();
    err.println(remark);
    err.flush();
  }

  private void line(String text) {
    if (terminal) {
      err.print(CLEAR_LINE + text);
      drawn = true;
    } else {
      err.println(text);
    }
    err.flush();
  }

  private static String bar(double done) {
    int full = (int) Math.round(Math.clamp(done, 0, 1) * BAR_WIDTH);
    return "▕" + "█".repeat(full) + " ".repeat(BAR_WIDTH - full) + "▏ ";
  }

  /// Leaves the line that was drawn last.
  void end() {
    if (drawn) {
      err.println();
      drawn = false;
    }
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
            + Units.micros(latency.p50())
            + ", p99 "
            + Units.micros(latency.p99())
            + ", p99.9 "
            + Units.micros(latency.p999())
            + ", max "
            + Units.micros(latency.max()));
  }

  private static String count(String name, long value) {
    return text(name, Units.count(value));
  }

  private static String text(String name, String value) {
    return String.format(Locale.ROOT, "%-13s %s", name, value);
  }
}
