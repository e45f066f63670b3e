package dev.millrace.cli;

import dev.millrace.loadgen.LogLine;
import dev.millrace.loadgen.ReplayRunner;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Sends a log's lines as events.
@Command(
    name = "replay",
    description = "Send the lines of an access log or an NDJSON file as events.",
    footer = {
      "",
      "A log that is not in order needs a processor that allows it: start that with --allowed-lateness 36500d.",
      "",
      "Examples:",
      "  millrace replay access.log.gz --service shop",
      "  millrace replay events.ndjson --format ndjson"
    })
final class ReplayCommand implements Callable<Integer> {
  /// A line of a log may be long; this much of it tells which one it is.
  private static final int SHOWN_CHARS = 100;

  @Mixin private KafkaOptions kafka;
  @Mixin private ReplayOptions replay;

  @Parameters(paramLabel = "FILE", description = "The log; gzip is read as it is.")
  private Path file;

  @Option(
      names = "--ledger",
      paramLabel = "FILE",
      defaultValue = "ledger.ndjson",
      description = "Where the exact counts go, for 'verify'. Default: ${DEFAULT-VALUE}")
  private Path ledger;

  @Spec private CommandSpec spec;

  private final Interruption interruption;

  ReplayCommand(Interruption interruption) {
    this.interruption = interruption;
  }

  @Override
  public Integer call() throws Exception {
    String service = replay.service();
    Outputs.requireWritable("--ledger", ledger);
    Map<String, String> settings = kafka.reachableSettings();
    ReplayRunner runner =
        new ReplayRunner(
            file, replay.format(), service, kafka.bootstrapServers(), settings, ledger);
    int code = SourceRun.run(runner, ledger, interruption, spec.commandLine());
    showRejects(runner, spec.commandLine().getErr());
    return code;
  }

  /// The first rejected lines, with number and reason.
  static void showRejects(ReplayRunner runner, PrintWriter err) {
    long rejected = runner.metrics().rejects().sent();
    if (rejected > 0) {
      err.println(
          Units.count(rejected)
              + " lines are no "
              + runner.format()
              + " lines; they are in the dead letter queue:");
      runner.firstRejects().forEach(line -> err.println("  " + text(line)));
      if (rejected > runner.firstRejects().size()) {
        err.println("  …");
      }
    }
  }

  private static String text(LogLine.Rejected line) {
    // Control characters of a broken line must not reach the terminal.
    String raw = new String(line.raw(), StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "�");
    return "line "
        + line.number()
        + ": "
        + line.reason()
        + ": "
        + (raw.length() > SHOWN_CHARS ? raw.substring(0, SHOWN_CHARS) + "…" : raw);
  }
}
