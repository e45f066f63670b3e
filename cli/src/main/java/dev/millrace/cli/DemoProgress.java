package dev.millrace.cli;

import java.io.PrintWriter;
import java.util.Locale;

/// What a demo shows while it runs: one line a second; on a terminal a single line with a bar that
/// is drawn anew.
final class DemoProgress {
  private static final int BAR_WIDTH = 10;
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean terminal;
  private boolean drawn;

  DemoProgress(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /// @param done share of the run that is over, 0 to 1; negative if there is no telling
  /// @param seconds since its start
  /// @param sentPerS events a second
  /// @param aggregatedPerS events a second that got into the database
  /// @param lag events that wait for the processor
  /// @param p99Us of the newest window; null if there is none
  void show(double done, long seconds, long sentPerS, long aggregatedPerS, long lag, Double p99Us) {
    String figures =
        String.format(
            Locale.ROOT,
            terminal
                ? "%4ds sent %,d/s aggregated %,d/s lag %,d p99 %s"
                : "%4ds  sent %,9d/s  aggregated %,9d/s  lag %,9d  p99 %s",
            seconds,
            sentPerS,
            aggregatedPerS,
            lag,
            p99Us == null ? "-" : Units.micros(p99Us));
    line(terminal && done >= 0 ? bar(done) + figures : figures);
  }

  /// A remark between the lines of figures.
  void say(String remark) {
    end();
    out.println(remark);
    out.flush();
  }

  private void line(String text) {
    if (terminal) {
      out.print(CLEAR_LINE + text);
      drawn = true;
    } else {
      out.println(text);
    }
    out.flush();
  }

  private static String bar(double done) {
    int full = (int) Math.round(Math.clamp(done, 0, 1) * BAR_WIDTH);
    return "▕" + "█".repeat(full) + " ".repeat(BAR_WIDTH - full) + "▏ ";
  }

  /// Leaves the line that was drawn last.
  void end() {
    if (drawn) {
      out.println();
      drawn = false;
    }
  }
}
