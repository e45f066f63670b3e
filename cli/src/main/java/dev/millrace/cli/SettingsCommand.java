package dev.millrace.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Prints the reference of all settings.
@Command(
    name = "settings",
    description = "Print all settings of all commands as a page in Markdown.",
    footer = {
      "",
      "Examples:",
      "  millrace settings | less",
      "  millrace settings > docs/configuration.md   # how that page is made"
    })
final class SettingsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    out.print(SettingsPage.text());
    out.flush();
  }
}
