package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// The script in a real bash: asked as bash asks it when somebody presses the Tab key.
class CompletionCommandTest {
  private static final Path BASH = Path.of("/bin/bash");

  /// Sources the script, and prints what it suggests for a line whose last word is incomplete.
  private static final String ASK =
      """
      . "$1"
      shift
      # It sorts and quotes what is shown, and works only where keys are read.
      compopt() { :; }
      COMP_WORDS=("$@")
      COMP_CWORD=$(($# - 1))
      COMP_LINE="$*"
      COMP_POINT=${#COMP_LINE}
      # As 'complete -p' shows it: the function that is called for this command.
      [[ $(complete -p millrace) =~ -F\\ ([^ ]+) ]]
      "${BASH_REMATCH[1]}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  @TempDir private Path folder;

  private Path script;

  @BeforeEach
  void sourceIsPrinted() throws IOException {
    assumeTrue(Files.isExecutable(BASH), "bash is not installed");
    StringWriter out = new StringWriter();
    assertEquals(0, Main.run(new PrintWriter(out), new PrintWriter(out), "completion", "bash"));
    script = folder.resolve("completion");
    Files.writeString(script, out.toString());
  }

  @Test
  void commandsAreCompleted() throws IOException, InterruptedException {
    assertEquals(Set.of("percentiles", "processor"), suggestions("p"));
    assertEquals(new TreeSet<>(HelpTest.commands().toList()), suggestions(""));
    assertEquals(Set.of("create"), suggestions("topics", "c"));
    assertEquals(Set.of("ingest"), suggestions("bench", "in"));
  }

  @Test
  void optionsAreThoseOfTheCommand() throws IOException, InterruptedException {
    assertEquals(Set.of("--keep", "--kafka", "--kafka-config"), suggestions("sink", "--k"));
    assertEquals(Set.of("--keep-alive", "--kafka", "--kafka-config"), suggestions("ingest", "--k"));
    assertEquals(
        Set.of("--replication"), suggestions("topics", "create", "--partitions", "3", "--r"));
    assertEquals(Set.of(), suggestions("loadgen", "--worker-"));
  }

  @Test
  void valuesAreCompletedAsTheyAreWritten() throws IOException, InterruptedException {
    assertEquals(Set.of("csv", "ndjson", "parquet"), suggestions("sink", "--format", ""));
    assertEquals(Set.of("p99"), suggestions("tail", "--sort", "p"));
    assertEquals(Set.of("1s", "1m", "10s"), suggestions("processor", "--windows", "1"));
    assertEquals(Set.of("nginx", "ndjson"), suggestions("replay", "--format", "n"));
    assertEquals(Set.of("bash", "zsh"), suggestions("completion", ""));
  }

  @Test
  void filesAreCompletedWhereFilesAreMeant() throws IOException, InterruptedException {
    Path log = Files.writeString(folder.resolve("access log.gz"), "");
    String begun = folder.resolve("acc").toString();
    assertEquals(Set.of(log.toString()), suggestions("sink", "--database", begun));
    assertEquals(Set.of(log.toString()), suggestions("replay", begun));
    assertEquals(Set.of(), suggestions("processor", "--application-id", begun));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fish", ""})
  void otherShellsAreRefused(String shell) {
    StringWriter err = new StringWriter();
    assertEquals(2, Main.run(new PrintWriter(err), new PrintWriter(err), "completion", shell));
    assertTrue(err.toString().contains("SHELL"), err.toString());
  }

  /// The script keeps the values of an option under its label, within a command.
  @Test
  void noTwoOptionsWithValuesShareALabel() {
    check(Millrace.model());
  }

  private static void check(CommandLine command) {
    List<String> labels =
        command.getCommandSpec().options().stream()
            .filter(option -> option.completionCandidates() != null)
            .map(OptionSpec::paramLabel)
            .toList();
    assertEquals(labels.stream().distinct().toList(), labels, command.getCommandName());
    command.getSubcommands().values().forEach(CompletionCommandTest::check);
  }

  private Set<String> suggestions(String... words) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(BASH.toString(), "--norc", "-c", ASK, "ask", script.toString()));
    command.add("millrace");
    command.addAll(List.of(words));
    Process bash = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, bash.waitFor(), said);
    Set<String> suggestions = new TreeSet<>(said.lines().toList());
    suggestions.remove("");
    return suggestions;
  }
}
