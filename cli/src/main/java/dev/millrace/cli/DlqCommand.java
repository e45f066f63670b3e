package dev.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Dead letters: look at them, and send them again.
@Command(
    name = "dlq",
    description = "Look at dead letters, and send them again.",
    subcommands = {DlqListCommand.class, DlqShowCommand.class, DlqReplayCommand.class},
    footer = {
      "",
      "Examples:",
      "  millrace dlq list --by-reason            # what is in it, counted",
      "  millrace dlq list --from -1h --reason status",
      "  millrace dlq show 0-17",
      "  millrace dlq replay --reason 'ahead of the clock' --dry-run"
    })
final class DlqCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "list, show or replay?");
  }
}
