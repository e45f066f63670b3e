package dev.millrace.cli;

import java.io.PrintWriter;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Prints what makes a shell complete commands, options and values.
@Command(
    name = "completion",
    description = {
      "Print a script with which bash and zsh complete commands, options, values and files.",
      "To be sourced: now, or in ~/.bashrc or ~/.zshrc."
    },
    footer = {
      "",
      "Examples:",
      "  source <(./millrace completion bash)",
      "  millrace completion bash > ~/.local/share/bash-completion/completions/millrace",
      "  millrace completion zsh > ~/.millrace-completion   # and in ~/.zshrc: . ~/.millrace-completion"
    })
final class CompletionCommand implements Runnable {
  /// Those for which there is one.
  enum Shell {
    BASH,
    ZSH
  }

  /// One script serves both: it has zsh take completions of bash.
  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  @SuppressWarnings("unused") // picocli checks it
  private Shell shell;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    // Not println: a script has lines of its own system.
    out.print(script() + "\n");
    out.flush();
  }

  /// The script for all commands, whichever has been called.
  static String script() {
    CommandLine all = Millrace.model();
    spellValues(all);
    return AutoComplete.bash(all.getCommandName(), all);
  }

  /// Shells tell large letters from small ones, and enums are written in large ones in Java.
  private static void spellValues(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    for (OptionSpec option : List.copyOf(spec.options())) {
      if (option.completionCandidates() != null && option.group() == null) {
        spec.remove(option);
        spec.add(OptionSpec.builder(option).completionCandidates(KnownValues.of(option)).build());
      }
    }
    for (PositionalParamSpec argument : List.copyOf(spec.positionalParameters())) {
      if (argument.completionCandidates() != null) {
        spec.remove(argument);
        spec.add(
            PositionalParamSpec.builder(argument)
                .completionCandidates(KnownValues.of(argument))
                .build());
      }
    }
    command.getSubcommands().values().forEach(CompletionCommand::spellValues);
  }
}
