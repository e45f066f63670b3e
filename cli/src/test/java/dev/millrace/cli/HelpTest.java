package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class HelpTest {
  private static final int LEAST_EXAMPLES = 2;

  static Stream<String> commands() {
    return Millrace.model().getSubcommands().keySet().stream();
  }

  /// All commands with theirs, and the whole: `millrace`, `millrace bench`, `millrace bench sink`.
  static Stream<String> allCommands() {
    return Stream.concat(
        Stream.of("millrace"),
        below(Millrace.model()).map(each -> each.getCommandSpec().qualifiedName()));
  }

  private static Stream<CommandLine> below(CommandLine command) {
    return command.getSubcommands().values().stream()
        .flatMap(each -> Stream.concat(Stream.of(each), below(each)));
  }

  private static CommandLine command(String qualifiedName) {
    CommandLine command = Millrace.model();
    for (String name : qualifiedName.split(" ", -1)) {
      command = name.equals("millrace") ? command : command.getSubcommands().get(name);
    }
    return command;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpWithExamples(String command) {
    StringWriter out = new StringWriter();
    assertEquals(
        0, Main.run(new PrintWriter(out, true), new PrintWriter(out, true), command, "--help"));
    assertTrue(out.toString().contains("millrace " + command), out.toString());
    assertTrue(out.toString().contains("Examples"), out.toString());
    assertFalse(out.toString().contains("WARN"), out.toString());
  }

  /// It reads no options of commands, and looks as if it had.
  @Test
  void helpOfTheWholeListsAllCommands() {
    StringWriter out = new StringWriter();
    assertEquals(0, Main.run(new PrintWriter(out, true), new PrintWriter(out, true), "--help"));
    assertEquals(Millrace.model().getUsageMessage(), out.toString());
  }

  @ParameterizedTest
  @MethodSource("allCommands")
  void atLeastTwoExamplesAreOfTheCommandItself(String command) {
    List<String> own =
        ShellExamples.of(command(command)).stream()
            .filter(example -> (example + " ").contains(command + " "))
            .toList();
    assertTrue(own.size() >= LEAST_EXAMPLES, command + " has only " + own);
    assertNotEquals(own.get(0), own.get(1));
  }

  @ParameterizedTest
  @MethodSource("allCommands")
  void everyExampleIsUnderstood(String command) {
    for (String example : ShellExamples.of(command(command))) {
      List<List<String>> calls = ShellExamples.calls(example);
      assertFalse(calls.isEmpty(), "no command in " + example);
      for (List<String> call : calls) {
        try {
          Millrace.model().parseArgs(call.toArray(String[]::new));
        } catch (CommandLine.ParameterException e) {
          throw new AssertionError("the help of " + command + " has: " + example, e);
        }
      }
    }
  }

  @Test
  void everyOptionSaysWhatItIs() {
    List<String> silent = new ArrayList<>();
    below(Millrace.model())
        .forEach(command ->
            command.getCommandSpec().args().stream()
                .filter(arg -> arg.description().length == 0)
                .forEach(arg ->
                    silent.add(command.getCommandSpec().qualifiedName() + " " + arg.paramLabel())));
    assertEquals(List.of(), silent);
  }

  @Test
  void examplesAreReadAsAShellReadsThem() {
    assertEquals(
        List.of(List.of("query", "SELECT 'a|b' FROM windows", "--limit", "3")),
        ShellExamples.calls("millrace query \"SELECT 'a|b' FROM windows\" --limit 3 | head # all"));
    assertEquals(
        List.of(List.of("completion", "bash")),
        ShellExamples.calls("source <(./millrace completion bash)"));
    assertEquals(
        List.of(List.of("report", "a", "--fail-if", "x > 1.2x")),
        ShellExamples.calls("millrace report a \\\n --fail-if 'x > 1.2x' > out"));
    assertEquals(List.of(), ShellExamples.calls("curl http://127.0.0.1:8081/v1/events"));
  }
}
