package dev.millrace.cli;

import dev.millrace.loadgen.Quantity;
import java.io.PrintWriter;
import java.util.Locale;

/// What a demo shows while it runs: one line a second; on a terminal a single line with a bar that
/// is drawn anew.
final class DemoProgress {
  private final ProgressLine line;

  DemoProgress(PrintWriter out, boolean terminal) {
    line = new ProgressLine(out, terminal);
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
            line.isTerminal()
                ? "%4ds sent %,d/s aggregated %,d/s lag %,d p99 %s"
                : "%4ds  sent %,9d/s  aggregated %,9d/s  lag %,9d  p99 %s",
            seconds,
            sentPerS,
            aggregatedPerS,
            lag,
            p99Us == null ? "-" : Quantity.micros(p99Us));
    line.show(done, figures);
  }

  /// A remark between the lines of figures.
  void say(String remark) {
    line.say(remark);
  }

  /// Leaves the line that was drawn last.
  void end() {
    line.end();
  }
}
