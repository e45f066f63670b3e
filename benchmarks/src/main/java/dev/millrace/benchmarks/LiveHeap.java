package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is alive in the heap of another JVM: all that is left by a full collection, which stops
/// that JVM meanwhile and has its heap shrink.
final class LiveHeap {
  private static final Path JCMD = Path.of(System.getProperty("java.home"), "bin", "jcmd");

  /// The histogram's last line: instances and bytes.
  private static final Pattern TOTAL = Pattern.compile("Total +\\d+ +(\\d+)");

  private LiveHeap() {}

  /// @throws BenchException if this Java has no `jcmd`
  static void requireJcmd() {
    if (!Files.isExecutable(JCMD)) {
      throw new BenchException(
          JCMD + " is not there, and without it nobody sees what is alive in a heap: use a JDK");
    }
  }

  /// Has the JVM of a process collect, and counts. Not of this process: it stops until the answer
  /// is read, which it would have to do itself.
  ///
  /// @throws BenchException if the process does not answer
  static long bytes(long pid) {
    try {
      Process process =
          new ProcessBuilder(JCMD.toString(), Long.toString(pid), "GC.class_histogram")
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return total(said)
          .orElseThrow(
              () -> new BenchException("jcmd " + pid + " GC.class_histogram: " + firstLine(said)));
    } catch (IOException e) {
      throw new BenchException(JCMD + " could not be run: " + e.getMessage(), e);
    }
  }

  private static String firstLine(String said) {
    return said.lines().findFirst().orElse("no answer");
  }

  static OptionalLong total(String histogram) {
    Matcher matcher = TOTAL.matcher(histogram);
    return matcher.find()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }
}
