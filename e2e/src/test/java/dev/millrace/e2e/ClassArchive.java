package dev.millrace.e2e;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// The classes of commands as the JVM maps them, and what a JVM needs to use them. Each of the
/// hundred and more JVMs that the tests start would read and check them anew, which is a quarter of
/// the processor time of a short demo. Whoever starts the first one of a build writes them.
///
/// There can be none if the class path has folders, as when the tests are run by an editor.
final class ClassArchive {
  private static final Path TARGET = Path.of(System.getProperty("basedir", ""), "target");
  private static final Path ARCHIVE = TARGET.resolve("commands.jsa").toAbsolutePath();

  private static final List<String> JARS = classPath();
  private static final boolean THERE = make();

  private ClassArchive() {}

  /// @param options of the JVM beside these
  /// @return the JVM with its options and class path; what follows is the entry class
  static List<String> java(List<String> options) {
    List<String> command = new ArrayList<>(bare(options));
    if (THERE) {
      command.add("-XX:SharedArchiveFile=" + ARCHIVE);
      // That it does not fit, say with other jars, is no reason to say anything.
      command.add("-Xlog:aot*=off,cds*=off");
    }
    command.addAll(List.of("-cp", String.join(File.pathSeparator, JARS)));
    return command;
  }

  private static List<String> bare(List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    return command;
  }

  /// The tests' own classes are of no use to commands.
  private static List<String> classPath() {
    Path own = TARGET.resolve("test-classes").toAbsolutePath();
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !Path.of(entry).toAbsolutePath().equals(own))
        .filter(entry -> Files.exists(Path.of(entry)))
        .collect(Collectors.toList());
  }

  private static boolean make() {
    if (JARS.stream().anyMatch(entry -> Files.isDirectory(Path.of(entry)))) {
      return false;
    }
    try (FileChannel file =
            FileChannel.open(
                TARGET.resolve("commands.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        // Of several test classes at a time, the others wait for the first.
        FileLock _ = file.lock()) {
      if (!isCurrent()) {
        train();
      }
      return Files.exists(ARCHIVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isCurrent() throws IOException {
    if (!Files.exists(ARCHIVE)) {
      return false;
    }
    for (String jar : JARS) {
      if (Files.getLastModifiedTime(Path.of(jar)).compareTo(Files.getLastModifiedTime(ARCHIVE))
          > 0) {
        return false;
      }
    }
    return true;
  }

  /// By a short run through everything. What goes wrong with it is for the tests to find.
  private static void train() throws IOException, InterruptedException {
    Path made = TARGET.resolve("commands.jsa.new").toAbsolutePath();
    Path log = TARGET.resolve("commands.log");
    List<String> command = bare(Cli.JVM_OPTIONS);
    command.addAll(
        List.of(
            "-XX:ArchiveClassesAtExit=" + made,
            "-Xlog:aot*=off,cds*=off",
            "-cp",
            String.join(File.pathSeparator, JARS),
            "dev.millrace.cli.Main",
            "demo",
            "--http",
            "--rate=1k",
            "--duration=1s"));
    new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start()
        .waitFor();
    if (Files.exists(made)) {
      Files.move(made, ARCHIVE, StandardCopyOption.ATOMIC_MOVE);
    } else {
      System.err.println("there is no archive of classes, and tests take longer: see " + log);
    }
  }
}
