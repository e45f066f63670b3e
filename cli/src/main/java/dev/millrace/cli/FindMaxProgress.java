package dev.millrace.cli;

import dev.millrace.loadgen.MaxSearch;
import dev.millrace.loadgen.MaxSearchConfig;
import dev.millrace.loadgen.MaxSearchResult;
import dev.millrace.loadgen.MaxSearchStep;
import dev.millrace.loadgen.Quantity;
import dev.millrace.loadgen.RunSecond;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine;

/// What a search for the highest rate shows: a row of a table for each step; on a terminal, the
/// seconds of a step too.
final class FindMaxProgress implements MaxSearch.Watcher {
  private static final String ROW = "%4s  %-7s %12s %12s %9s %11s  %s";

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean terminal;
  private LoadProgress seconds;
  private boolean titled;

  private FindMaxProgress(PrintWriter out, PrintWriter err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /// Searches as a command of its own.
  ///
  /// @param config whose folder is there
  /// @return exit code: 0 if a rate was found
  static int search(MaxSearchConfig config, Interruption interruption, CommandLine command)
      throws IOException, InterruptedException {
    FindMaxProgress progress =
        new FindMaxProgress(command.getOut(), command.getErr(), DemoCommand.isTerminal());
    MaxSearch search = new MaxSearch(config, progress, interruption::isAsked);
    interruption.hold();
    try {
      return search.run().foundPerS() == null ? 1 : 0;
    } finally {
      progress.end();
      // Also of a search that broke off.
      search.known().ifPresent(known -> progress.summarize(known, config.folder().path()));
    }
  }

  @Override
  public void begins(double ratePerS, String purpose, double durationS) {
    if (!titled) {
      titled = true;
      line(String.format(ROW, "step", "what", "rate", "sent", "e2e p99", "lag", "verdict"));
    }
    seconds = new LoadProgress(err, terminal, durationS);
  }

  @Override
  public void second(RunSecond second) {
    // Elsewhere it would be a line a second between the rows.
    if (terminal) {
      seconds.show(second);
    }
  }

  @Override
  public void ended(MaxSearchStep step) {
    seconds.end();
    line(
        String.format(
            ROW,
            step.isWarmUp() ? "-" : step.step(),
            step.purpose(),
            rate(step.ratePerS()),
            rate(step.sentPerS()),
            step.e2eP99Us() == null ? "-" : Quantity.micros(step.e2eP99Us()),
            step.lag() == null ? "-" : Units.count(step.lag()),
            verdict(step)));
  }

  private static String verdict(MaxSearchStep step) {
    if (!step.judged()) {
      return step.isWarmUp() ? "not judged" : "not judged: " + step.reasons().getFirst();
    }
    return step.held()
        ? "held"
        : "failed"
            + (step.bottleneck() == null ? "" : ", " + step.bottleneck())
            + ": "
            + step.reasons().getFirst();
  }

  /// Leaves what was drawn last.
  private void end() {
    if (seconds != null) {
      seconds.end();
    }
  }

  private void summarize(MaxSearchResult result, Path folder) {
    out.println();
    line(outcome(result));
    if (result.bottleneck() != null) {
      line(
          "Bottleneck at "
              + rate(result.lowestFailedPerS())
              + ": "
              + result.bottleneck()
              + "; "
              + result.evidence()
              + ".");
    }
    line("All steps are in " + folder.resolve(MaxSearchResult.FILE) + ".");
  }

  /// What has come of it.
  static String outcome(MaxSearchResult result) {
    String end =
        result.interrupted()
            ? "it was interrupted"
            : result.trouble() != null ? "the search broke off" : null;
    if (result.foundPerS() != null) {
      return "Sustained: "
          + rate(result.foundPerS())
          + ", confirmed ("
          + result.slo()
          + ")."
          + limit(result);
    }
    if (result.highestHeldPerS() != null) {
      return "Nothing is confirmed: "
          + rate(result.highestHeldPerS())
          + " held once"
          + (end == null
              ? "; a longer --duration or more --max-steps may tell."
              : ", then " + end + ".");
    }
    return end == null
        ? "No rate held (" + result.slo() + ")."
        : "Nothing is known: " + end + " before a rate had held.";
  }

  /// How near the result is to what the pipeline can do.
  private static String limit(MaxSearchResult result) {
    Double failed = result.lowestFailedPerS();
    if (failed == null) {
      return result.foundPerS() >= MaxSearchConfig.MAX_PER_S
          ? " That is the highest there is to try."
          : " No rate has failed: with more --max-steps, a higher one may hold.";
    }
    return failed <= result.foundPerS() * (1 + result.resolution())
        ? ""
        : " The lowest that failed is "
            + rate(failed)
            + ", further above than --resolution asks for: it takes more --max-steps.";
  }

  private static String rate(double perS) {
    return String.format(Locale.ROOT, "%,.0f/s", perS);
  }

  private void line(String text) {
    out.println(text);
    out.flush();
  }
}
