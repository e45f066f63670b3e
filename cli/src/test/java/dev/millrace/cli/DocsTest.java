package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The documents name only what there is.
class DocsTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern CLASS_NAME = Pattern.compile("`([A-Z][a-z]\\w*[A-Z]?\\w*)`");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)\\)");

  /// Named in the documents, and not ours.
  private static final Set<String> FOREIGN =
      Set.of("KafkaRaftServer", "XTest", "XIT", "MissingSummary", "LongDoubleConversion");

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "ARCHITECTURE.md", "RATIONALE.md", "CONTRIBUTING.md"})
  void namesOnlyClassesThatExist(String document) throws IOException {
    Set<String> classes;
    try (Stream<Path> files = Files.walk(ROOT)) {
      classes =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(".java"))
              .map(name -> name.replace(".java", ""))
              .collect(Collectors.toSet());
    }
    Set<String> missing = new TreeSet<>();
    Matcher names = CLASS_NAME.matcher(Files.readString(ROOT.resolve(document)));
    while (names.find()) {
      if (!classes.contains(names.group(1)) && !FOREIGN.contains(names.group(1))) {
        missing.add(names.group(1));
      }
    }
    assertEquals(Set.of(), missing);
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "ARCHITECTURE.md", "RATIONALE.md", "CONTRIBUTING.md"})
  void linksOnlyToFilesThatExist(String document) throws IOException {
    Matcher links = LINK.matcher(Files.readString(ROOT.resolve(document)));
    while (links.find()) {
      assertTrue(Files.exists(ROOT.resolve(links.group(1))), links.group(1));
    }
  }

  static Stream<String> commandsOfReadme() throws IOException {
    return Stream.of(
            "README.md",
            "docs/benchmarks.md",
            "docs/reliability.md",
            "docs/sink.md",
            "docs/tools.md")
        .flatMap(document -> {
          try {
            return Files.readAllLines(ROOT.resolve(document)).stream();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        })
        .map(String::strip)
        .filter(line -> line.startsWith("./millrace ") && !line.contains("COMMAND"))
        .map(line -> line.replaceFirst("\\s*([#|]|> ).*", ""));
  }

  @ParameterizedTest
  @MethodSource("commandsOfReadme")
  void commandsAreUnderstood(String command) {
    // As a shell does.
    List<String> words =
        Pattern.compile("(?:[^\\s']|'[^']*')+")
            .matcher(command)
            .results()
            .map(word -> word.group().replace("'", ""))
            .toList();
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    Millrace.commandLine(Map.of(), nowhere, nowhere, Interruption.never())
        .parseArgs(words.subList(1, words.size()).toArray(String[]::new));
  }

  @Test
  void everyCommandIsInTheReadme() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    HelpTest.commands()
        .forEach(command -> assertTrue(readme.contains("millrace " + command), command));
  }
}
