package dev.millrace.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// A launcher as benchmarks start commands by, with the tests' class path and no AOT cache.
record TestLauncher(Path script) {

  /// @param folder where the script is written
  static TestLauncher write(Path folder) throws IOException {
    return write(
        folder,
        "exec '%s/bin/java' -XX:TieredStopAtLevel=1 $MILLRACE_JAVA_OPTS -cp '%s' dev.millrace.cli.Main \"$@\""
            .formatted(System.getProperty("java.home"), System.getProperty("java.class.path")));
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
