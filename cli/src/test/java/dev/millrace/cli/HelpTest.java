package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {
  private static CommandLine root() {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return Millrace.commandLine(Map.of(), nowhere, nowhere, Interruption.never());
  }

  static Stream<String> commands() {
    return root().getSubcommands().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpWithExamples(String command) {
    StringWriter out = new StringWriter();
    assertEquals(
        0, Main.run(new PrintWriter(out, true), new PrintWriter(out, true), command, "--help"));
    assertTrue(out.toString().contains("millrace " + command), out.toString());
    assertTrue(out.toString().contains("Example"), out.toString());
    assertFalse(out.toString().contains("WARN"), out.toString());
  }

  @Test
  void everyOptionSaysWhatItIs() {
    root()
        .getSubcommands()
        .values()
        .forEach(command ->
            command
                .getCommandSpec()
                .options()
                .forEach(
                    option -> assertTrue(option.description().length > 0, option.longestName())));
  }
}
