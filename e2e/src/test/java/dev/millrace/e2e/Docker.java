package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The `docker` command. Tests that need it take minutes, and images from the network, so they are
/// run if they are asked for.
final class Docker {
  /// What asks for them.
  private static final String PROPERTY = "millrace.docker";

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private Docker() {}

  /// Skips a test, and says why, unless it was asked for and can be run.
  ///
  /// @param images what it runs; those that are not there are pulled
  static void assumeThere(List<String> images) throws IOException, InterruptedException {
    assumeTrue(isAskedFor(), "tests with Docker take minutes: ask for them with -D" + PROPERTY);
    Cli.Result engine = run(Map.of(), "info", "--format", "{{.ServerVersion}}");
    assumeTrue(engine.code() == 0, () -> "no Docker engine answers: " + engine.all());
    for (String image : images) {
      if (run(Map.of(), "image", "inspect", image).code() != 0) {
        Cli.Result pull = run(Map.of(), "pull", "--quiet", image);
        assumeTrue(pull.code() == 0, () -> "image " + image + " is not to be had: " + pull.all());
      }
    }
  }

  private static boolean isAskedFor() {
    String value = System.getProperty(PROPERTY);
    return value != null && !value.equals("false");
  }

  /// Runs it in the checkout's folder, to its end.
  ///
  /// @param environment what it has besides this JVM's
  static Cli.Result run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(ROOT.toFile());
    builder.environment().putAll(environment);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return new Cli.Result(127, "", e.getMessage()); // it is not installed
    }
    process.outputWriter().close();
    // Both streams at a time: one that nobody reads would hold it up.
    StringBuilder err = new StringBuilder();
    Thread errors =
        Thread.ofVirtual()
            .start(
                () -> process.errorReader().lines().forEach(line -> err.append(line).append('\n')));
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    errors.join();
    return new Cli.Result(process.waitFor(), out, err.toString());
  }

  /// The same, if it must succeed.
  ///
  /// @return standard output
  static String runWell(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    Cli.Result result = run(environment, arguments);
    assertEquals(
        0, result.code(), () -> "docker " + String.join(" ", arguments) + "\n" + result.all());
    return result.out();
  }
}
