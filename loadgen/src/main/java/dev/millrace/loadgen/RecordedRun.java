package dev.millrace.loadgen;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;

/// What a run has left in its folder, read as far as it is whole.
///
/// @param path the folder
/// @param summary `run.json`; empty if the run was killed before it could be written
/// @param seconds `series.ndjson`, in its order
/// @param latencies `latency.hlog`
/// @param remarks what is missing or does not fit, a sentence each
record RecordedRun(
    Path path,
    Optional<RunSummary> summary,
    List<RunSecond> seconds,
    LatencyCourse latencies,
    List<String> remarks) {

  /// @throws IOException with a sentence, if this is not the folder of a run, or one that this
  ///   version cannot read, or if there is nothing in it
  static RecordedRun read(Path folder) throws IOException {
    requireRun(folder);
    List<String> remarks = new ArrayList<>();
    Optional<RunSummary> summary = summary(folder.resolve(RunSummary.FILE));
    if (summary.isEmpty()) {
      remarks.add(
          RunSummary.FILE
              + " is missing, as after a kill: the figures are what "
              + LatencyLog.FILE
              + " and "
              + RunSecond.FILE
              + " have of the run, and its settings are not known");
    }
    List<RunSecond> seconds = seconds(folder.resolve(RunSecond.FILE), remarks);
    LatencyCourse latencies =
        latencies(folder.resolve(LatencyLog.FILE), warmUp(summary, seconds), remarks);
    RecordedRun run = new RecordedRun(folder, summary, seconds, latencies, remarks);
    run.requireEvents();
    run.remarkDisagreement();
    run.remarkImbalance();
    return run;
  }

  RunFigures figures() {
    return summary.map(RunFigures::of).orElseGet(() -> RunFigures.of(seconds, latencies));
  }

  private static void requireRun(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      throw new IOException(
          folder + ": there is no such folder; give one that 'millrace loadgen' has written");
    }
    if (!Files.isDirectory(folder)) {
      throw new IOException(folder + ": is a file; give the folder of a run that it is in");
    }
    boolean any = false;
    for (String file : List.of(RunSummary.FILE, LatencyLog.FILE, RunSecond.FILE)) {
      any |= Files.exists(folder.resolve(file));
    }
    if (!any) {
      throw new IOException(
          folder
              + ": is not the folder of a run, it has neither "
              + RunSummary.FILE
              + " nor "
              + LatencyLog.FILE
              + " nor "
              + RunSecond.FILE
              + "; give one that 'millrace loadgen' has written");
    }
  }

  private static Optional<RunSummary> summary(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    RunSummary summary;
    try {
      summary = RunSummary.JSON.decode(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new IOException(
          file
              + ": is not the summary of a run: "
              + e.getOriginalMessage()
              + "; move it away to get a report of the other files alone",
          e);
    }
    if (summary == null || summary.format() == 0) {
      throw new IOException(
          file
              + ": has no \"format\", so it is not the summary of a run; move it away to get a report"
              + " of the other files alone");
    }
    if (summary.format() != RunSummary.FORMAT) {
      throw new IOException(
          file
              + ": has format "
              + summary.format()
              + ", and this version of Millrace reads format "
              + RunSummary.FORMAT
              + "; use the version that wrote it, "
              + summary.version());
    }
    if (summary.totals() == null
        || summary.rate() == null
        || summary.latencyUs() == null
        || summary.latencyUs().ack() == null
        || summary.latencyUs().lateness() == null) {
      throw new IOException(
          file
              + ": has no \"totals\", \"rate\" or \"latency_us\"; move it away to get a report of the"
              + " other files alone");
    }
    return Optional.of(summary);
  }

  private static List<RunSecond> seconds(Path file, List<String> remarks) throws IOException {
    List<RunSecond> seconds = new ArrayList<>();
    if (!Files.exists(file)) {
      remarks.add(RunSecond.FILE + " is missing: there is no course of events and of lateness");
      return seconds;
    }
    boolean torn =
        LineFile.read(
            file,
            line -> {
              try {
                RunSecond second = RunSecond.JSON.decode(line.getBytes(StandardCharsets.UTF_8));
                if (second == null) {
                  throw new IOException("is not a second of a run");
                }
                seconds.add(second);
              } catch (JacksonException e) {
                throw new IOException("is not a second of a run", e);
              }
            });
    if (torn) {
      remarks.add(tornSentence(RunSecond.FILE));
    }
    return seconds;
  }

  private static LatencyCourse latencies(Path file, LongPredicate warmUp, List<String> remarks)
      throws IOException {
    if (!Files.exists(file)) {
      remarks.add(LatencyLog.FILE + " is missing: there is no distribution of latencies");
      return LatencyCourse.none();
    }
    LatencyCourse log = LatencyCourse.read(file, warmUp);
    if (log.isTorn()) {
      remarks.add(tornSentence(LatencyLog.FILE));
    }
    return log;
  }

  private static String tornSentence(String file) {
    return file + " ends within a line, as after a kill: it is read up to there";
  }

  private static LongPredicate warmUp(Optional<RunSummary> summary, List<RunSecond> seconds) {
    if (seconds.isEmpty()) {
      double warmUpS = summary.map(RunSummary::warmUpS).orElse(0.0);
      return second -> second < warmUpS;
    }
    Set<Long> warm = new HashSet<>();
    seconds.stream().filter(RunSecond::warmUp).forEach(second -> warm.add(second.second()));
    return warm::contains;
  }

  private void requireEvents() throws IOException {
    if (summary.isEmpty() && seconds.isEmpty() && latencies.isEmpty()) {
      throw new IOException(
          path
              + ": is an empty run, it was ended before its first second was written; there is nothing"
              + " to report, run it again");
    }
    if (summary.isPresent() && summary.get().totals().sent() == 0) {
      List<String> causes = summary.get().causes();
      throw new IOException(
          path
              + ": is an empty run, no event was sent"
              + (causes == null || causes.isEmpty() ? "" : " (" + causes.getFirst() + ")")
              + "; there is nothing to report, run it again with a longer --duration or a higher"
              + " --rate");
    }
  }

  /// Two files of a run that do not agree are not to be trusted, whichever is right.
  private void remarkDisagreement() {
    if (summary.isPresent()
        && !seconds.isEmpty()
        && remarks.isEmpty()
        && !RunFigures.totals(seconds).equals(summary.get().totals())) {
      remarks.add(
          RunSecond.FILE
              + " adds up to "
              + RunUnit.COUNT.show(RunFigures.totals(seconds).sent())
              + " sent and "
              + RunUnit.COUNT.show(RunFigures.totals(seconds).acknowledged())
              + " acknowledged, which is not what "
              + RunSummary.FILE
              + " says: the charts over time are not of all events");
    }
  }

  private void remarkImbalance() {
    if (summary.isPresent() && figures().unaccounted() != 0) {
      remarks.add(
          RunSummary.FILE
              + " does not balance: "
              + RunUnit.COUNT.show(Math.abs(figures().unaccounted()))
              + (figures().unaccounted() > 0
                  ? " more sent than have a fate"
                  : " fewer sent than have a fate"));
    }
  }
}
