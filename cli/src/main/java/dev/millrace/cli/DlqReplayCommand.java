package dev.millrace.cli;

import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Sends dead letters to `requests` again.
@Command(
    name = "replay",
    description = {
      "Send dead letters to requests again, each once: those that are events now.",
      "First it tells what would be sent and what not, and asks."
    },
    footer = {
      "",
      "A letter that was replayed is not replayed again, however often this is started or killed.",
      "",
      "Examples:",
      "  millrace dlq replay --reason 'ahead of the clock' --dry-run",
      "  millrace dlq replay --from -2h --yes",
      "  millrace dlq replay 0-17 --value mended.json",
      "",
      "docs/tools.md has what may go wrong, and what then."
    })
final class DlqReplayCommand implements Callable<Integer> {
  private static final long TICK_NANOS = 1_000_000_000;

  @Mixin private KafkaOptions kafka;
  @Mixin private LetterSelection selection;

  @Option(names = "--dry-run", description = "Only tell what would be sent and what not.")
  private boolean dryRun;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Option(
      names = "--again",
      description = "Also letters that were replayed before: their events are counted twice.")
  private boolean again;

  @Option(
      names = "--unchecked",
      description =
          "Also what is still no event: unless the processor is another one, it comes back.")
  private boolean unchecked;

  @Option(
      names = "--value",
      paramLabel = "FILE",
      description = "Send the bytes of this file in place of the one letter that is named.")
  private Path value;

  @Option(
      names = "--allowed-lateness",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Units.DurationConverter.class,
      description =
          "The processor's: older events are only counted as late. Default: ${DEFAULT-VALUE}")
  private Duration allowedLateness;

  @Option(
      names = "--max-future-skew",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Units.DurationConverter.class,
      description =
          "The processor's: how far ahead of the clock an event may be. Default: ${DEFAULT-VALUE}")
  private Duration maxFutureSkew;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  DlqReplayCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    selection.check(Clock.systemUTC().instant());
    if (value != null
        && (selection.letters().size() != 1 || !selection.letters().getFirst().isOne())) {
      throw new IllegalArgumentException(
          "--value " + value + " is for one letter: name it, as in 'dlq replay 0-17 --value …'");
    }
    boolean asks = !yes && !dryRun;
    if (asks && !DemoCommand.isTerminal()) {
      throw new ParameterException(
          spec.commandLine(),
          "this sends events; see what it would do with --dry-run, then add --yes");
    }
    Optional<byte[]> mended =
        value == null ? Optional.empty() : Optional.of(Files.readAllBytes(value));
    LetterCheck check =
        new LetterCheck(
            new RequestEventCodec(Clock.systemUTC(), maxFutureSkew), again, unchecked, mended);
    Map<String, String> settings = kafka.reachableSettings();
    try (DeadLetterQueue queue =
        new DeadLetterQueue(kafka.bootstrapServers(), settings, interruption::isAsked)) {
      return replay(queue, check, newest(settings), asks);
    }
  }

  private long newest(Map<String, String> settings) throws InterruptedException {
    try (Admin admin = ContractTopics.admin(kafka.bootstrapServers(), settings)) {
      return EventClock.newest(admin, System.currentTimeMillis());
    }
  }

  private ReplayCounts counts(long newest) {
    return new ReplayCounts(newest, EventClock.lateAfter(allowedLateness).toMillis());
  }

  private int replay(DeadLetterQueue queue, LetterCheck check, long newest, boolean asks)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    queue.readNotes();
    refuseBadNotes(queue);
    ReplayCounts plan = counts(newest);
    queue.read(
        selection,
        letter -> {
          LetterCheck.Verdict verdict = check.judge(letter, queue.replayed());
          plan.add(letter, verdict, selection.isNamed(letter));
          return goesOn();
        });
    plan.missing(selection.letters());
    plan.lines().forEach(out::println);
    warn(plan);
    if (!plan.refused().isEmpty()) {
      throw new UserException("not to be replayed: " + String.join("; ", plan.refused()));
    }
    if (plan.ready() == 0) {
      out.println("Nothing to send.");
      return 0;
    }
    if (dryRun) {
      out.println("Nothing was sent: --dry-run.");
      return 0;
    }
    if (asks && !isConfirmed(plan.ready())) {
      out.println("Nothing was sent.");
      return 1;
    }
    interruption.hold();
    try (LetterSender sender = new LetterSender(kafka.bootstrapServers(), kafka.settings())) {
      // What another one has replayed since is known now, and no more can come.
      queue.readAllNotes();
      refuseBadNotes(queue);
      ReplayCounts done = counts(newest);
      send(queue, check, sender, done, plan.ready());
      return tell(done, sender.sent(), plan);
    }
  }

  /// To go on would be to replay what may have been replayed.
  private static void refuseBadNotes(DeadLetterQueue queue) {
    if (queue.badNote().isPresent()) {
      throw new UserException(queue.badNote().get());
    }
  }

  private boolean goesOn() {
    return !interruption.isAsked();
  }

  private void warn(ReplayCounts plan) {
    PrintWriter err = spec.commandLine().getErr();
    if (plan.late() > 0) {
      err.println(
          "warning: "
              + Units.count(plan.late())
              + " of the events are older than the newest in "
              + Topics.REQUESTS
              + ", or than a letter before them, by more than --allowed-lateness: they may be"
              + " counted on "
              + Topics.LATE
              + ", and in no row. A processor with a larger --allowed-lateness would still take"
              + " them.");
    }
    if (again) {
      err.println("warning: with --again, events that were replayed before are counted twice.");
    }
  }

  private boolean isConfirmed(long letters) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        "Send "
            + Units.count(letters)
            + " of them to "
            + Topics.REQUESTS
            + " at "
            + kafka.bootstrapServers()
            + "? [y/N] ");
    out.flush();
    String answer =
        new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
    return answer != null && answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
  }

  private void send(
      DeadLetterQueue queue,
      LetterCheck check,
      LetterSender sender,
      ReplayCounts done,
      long expected) {
    ProgressLine progress = new ProgressLine(spec.commandLine().getErr(), DemoCommand.isTerminal());
    long[] shown = {System.nanoTime()};
    queue.read(
        selection,
        letter -> {
          LetterCheck.Verdict verdict = check.judge(letter, queue.replayed());
          done.add(letter, verdict, selection.isNamed(letter));
          if (verdict.fate() == LetterCheck.Fate.READY) {
            sender.add(letter, verdict);
          }
          if (System.nanoTime() - shown[0] > TICK_NANOS) {
            shown[0] = System.nanoTime();
            progress.show(
                (double) sender.sent() / expected,
                Units.count(sender.sent()) + " of " + Units.count(expected) + " replayed");
          }
          return goesOn();
        });
    sender.commit();
    progress.end();
  }

  private int tell(ReplayCounts done, long sent, ReplayCounts plan) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        "Replayed "
            + Units.count(sent)
            + ", skipped "
            + Units.count(done.selected() - done.ready())
            + " (replayed before "
            + Units.count(done.count(LetterCheck.Fate.REPLAYED))
            + ", cut off "
            + Units.count(done.count(LetterCheck.Fate.CUT_OFF))
            + ", still no events "
            + Units.count(done.count(LetterCheck.Fate.BAD))
            + ").");
    if (interruption.isAsked()) {
      out.println(
          "Interrupted: "
              + Units.count(Math.max(0, plan.selected() - done.selected()))
              + " were not looked at; start it again for those.");
      return 130;
    }
    if (!done.refused().isEmpty()) {
      throw new UserException("not replayed: " + String.join("; ", done.refused()));
    }
    return 0;
  }
}
