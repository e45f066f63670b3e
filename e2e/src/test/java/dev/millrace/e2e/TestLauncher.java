package dev.millrace.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;

/// A launcher as benchmarks start commands by, with the tests' class path and no AOT cache.
record TestLauncher(Path script) {

  /// @param folder where the script is written
  static TestLauncher write(Path folder) throws IOException {
    return write(
        folder,
        ClassArchive.java(Cli.JVM_OPTIONS).stream()
            .map(word -> "'" + word + "'")
            .collect(
                Collectors.joining(
                    " ", "exec ", " $MILLRACE_JAVA_OPTS dev.millrace.cli.Main \"$@\"")));
  }

  /// One that does something else.
  static TestLauncher write(Path folder, String command) throws IOException {
    Path script = folder.resolve("launcher");
    Files.writeString(script, "#!/bin/sh\n" + command + "\n");
    return new TestLauncher(
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x")));
  }

  /// Runs a command that starts others by it.
  Cli.Result run(List<String> command) {
    System.setProperty("millrace.launcher", script.toString());
    try {
      return Cli.run(command.toArray(String[]::new));
    } finally {
      System.clearProperty("millrace.launcher");
    }
  }
}
