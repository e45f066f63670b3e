package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The command line as the image has it, where broker and benchmarks are not on the class path.
class WithoutBrokerTest {
  private static final Pattern LEFT_OUT =
      Pattern.compile("/(broker|benchmarks|drill)/target/|millrace-(broker|benchmarks|drill)-");

  private record Result(int code, String output) {}

  @ParameterizedTest
  @ValueSource(strings = {"demo", "broker", "bench", "drill"})
  void saysWhatIsMissing(String command) throws Exception {
    Result result = run(Map.of(), command);
    assertEquals(Millrace.USAGE, result.code(), result.output());
    assertTrue(result.output().contains("'" + command + "' starts a Kafka broker"));
    assertFalse(result.output().contains("Error"), result.output());
  }

  @Test
  void listsOnlyWhatIsThere() throws Exception {
    Result result = run(Map.of(), "--help");
    assertEquals(0, result.code(), result.output());
    assertTrue(result.output().contains("processor"), result.output());
    assertFalse(result.output().contains("bench "), result.output());
  }

  @Test
  void readsSettingsOfItsCommandsFromTheEnvironment() throws Exception {
    Result result = run(Map.of("MILLRACE_MAX_BODY", "1MiB"), "ingest", "--help");
    assertEquals(0, result.code(), result.output());
    Result refused = run(Map.of("MILLRACE_MAX_BODIES", "1MiB"), "topics", "list");
    assertEquals(Millrace.USAGE, refused.code(), refused.output());
    assertTrue(refused.output().contains("MILLRACE_MAX_BODIES"), refused.output());
  }

  private static Result run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !LEFT_OUT.matcher(entry).find())
            .collect(Collectors.joining(File.pathSeparator));
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath,
            Main.class.getName());
    java.command().addAll(List.of(command));
    java.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
    java.environment().putAll(environment);
    Process process = java.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
