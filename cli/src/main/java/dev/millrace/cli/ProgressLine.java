package dev.millrace.cli;

import java.io.PrintWriter;

/// Shows how far a run is: a line each time, or on a terminal a single one that is drawn anew.
final class ProgressLine {
  private static final int BAR_WIDTH = 10;
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean terminal;
  private boolean drawn;

  ProgressLine(PrintWriter out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  boolean isTerminal() {
    return terminal;
  }

  /// @param done share of the run that is over, 0 to 1; negative if there is no telling
  /// @param figures what is to be said of it
  void show(double done, String figures) {
    if (terminal) {
      out.print(CLEAR_LINE + (done >= 0 ? bar(done) : "") + figures);
      drawn = true;
    } else {
      out.println(figures);
    }
    out.flush();
  }

  private static String bar(double done) {
    int full = (int) Math.round(Math.clamp(done, 0, 1) * BAR_WIDTH);
    return "▕" + "█".repeat(full) + " ".repeat(BAR_WIDTH - full) + "▏ ";
  }

  /// A remark between the lines of figures.
  void say(String remark) {
    end();
    out.println(remark);
    out.flush();
  }

  /// Leaves the line that was drawn last.
  void end() {
    if (drawn) {
      out.println();
      drawn = false;
    }
  }
}
