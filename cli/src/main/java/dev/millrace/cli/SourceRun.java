package dev.millrace.cli;

import dev.millrace.events.LedgerTotals;
import dev.millrace.loadgen.EventSource;
import dev.millrace.loadgen.SourceTask;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine;

/// An event source that runs in a thread of its own while somebody watches it.
final class SourceRun {
  private static final long SECOND_MS = 1_000;

  /// A Kafka that says nothing for so long is away, or as good as that.
  private static final int SILENT_S = 3;

  private final EventSource source;
  private final SourceTask task;

  SourceRun(EventSource source) {
    this.source = source;
    this.task = new SourceTask(source);
  }

  /// Waits for the end of the run.
  ///
  /// @return whether it has come
  /// @throws IOException if the source failed
  boolean await(long millis) throws IOException, InterruptedException {
    return task.await(millis);
  }

  /// Events and rejected lines together: all that was handed to Kafka.
  static LedgerTotals totals(EventSource source) {
    return source.metrics().records();
  }

  void stop() {
    source.stop();
  }

  /// Runs a source as a command of its own: a line a second, and its totals at the end.
  static int run(EventSource source, Path ledger, Interruption interruption, CommandLine command)
      throws IOException, InterruptedException {
    PrintWriter err = command.getErr();
    interruption.hold();
    SourceRun run = new SourceRun(source);
    long before = 0;
    long acknowledged = 0;
    int still = 0;
    while (!run.await(SECOND_MS)) {
      LedgerTotals totals = totals(source);
      still = totals.acknowledged() == acknowledged && !totals.isBalanced() ? still + 1 : 0;
      acknowledged = totals.acknowledged();
      err.println(
          "sent "
              + Units.count(totals.sent() - before)
              + "/s, in all "
              + Units.count(totals.sent())
              + ", acknowledged "
              + Units.count(totals.acknowledged())
              + ", failed "
              + Units.count(totals.failed())
              + (still < SILENT_S ? "" : ", waiting: Kafka has not answered for " + still + " s"));
      before = totals.sent();
      if (interruption.isAsked()) {
        run.stop();
      }
    }
    return summarize(source, ledger, command);
  }

  private static int summarize(EventSource source, Path ledger, CommandLine command) {
    LedgerTotals totals = totals(source);
    PrintWriter out = command.getOut();
    out.println("sent          " + Units.count(totals.sent()));
    out.println("acknowledged  " + Units.count(totals.acknowledged()));
    out.println("failed        " + Units.count(totals.failed()));
    out.println("unknown       " + Units.count(totals.unknown()));
    out.println("rejected      " + Units.count(source.metrics().rejects().sent()));
    out.println("ledger        " + ledger);
    source
        .metrics()
        .lastFailure()
        .ifPresent(cause ->
            command.getErr().println("millrace: not all was acknowledged: " + cause.getMessage()));
    return totals.acknowledged() == totals.sent() ? 0 : 1;
  }
}
