package dev.millrace.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A JVM of its own for one of those measured, or for the broker: on this JVM's class path, with
/// its options (and so with the AOT cache that the launcher gave it), and with a heap of its own
/// size. It is to end when its standard input does; so none is left over, whatever this JVM dies
/// of.
final class ChildProcess implements AutoCloseable {
  private static final long PATIENCE_S = 60;
  private static final int LOG_LINES = 8;

  /// Options of this JVM that are its own business.
  private static final List<String> NOT_INHERITED =
      List.of("-Xmx", "-Xms", "-javaagent", "-agentlib", "-agentpath", "-XX:AOTCacheOutput");

  private final String name;
  private final Process process;
  private final Path log;

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /// @param name for messages
  /// @param main its entry class
  /// @param heap options for its heap, instead of those of this JVM
  /// @param log where its standard error goes
  /// @param out where its standard output goes
  static ChildProcess start(
      String name,
      Class<?> main,
      List<String> heap,
      Path log,
      ProcessBuilder.Redirect out,
      String... args) {
    try {
      Process process =
          command(main.getName(), heap, args)
              .redirectOutput(out)
              .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      return new ChildProcess(name, process, log);
    } catch (IOException e) {
      throw new BenchException(name + " could not be started: " + e.getMessage(), e);
    }
  }

  /// A JVM like this one, to be started.
  ///
  /// @param main its entry class
  /// @param heap options for its heap, instead of those of this JVM
  static ProcessBuilder command(String main, List<String> heap, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(inheritedOptions(ManagementFactory.getRuntimeMXBean().getInputArguments()));
    command.addAll(heap);
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(Arrays.asList(args));
    return new ProcessBuilder(command);
  }

  static List<String> inheritedOptions(List<String> options) {
    return options.stream()
        .filter(option -> NOT_INHERITED.stream().noneMatch(option::startsWith))
        .toList();
  }

  /// The first line it says on standard output.
  String firstLine() {
    try {
      String line = process.inputReader(StandardCharsets.UTF_8).readLine();
      if (line == null) {
        throw hasEnded();
      }
      return line;
    } catch (IOException e) {
      throw new BenchException(name + " cannot be heard: " + e.getMessage(), e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// What to say if it has ended by itself, with the last lines of its log.
  BenchException hasEnded() {
    return hasEnded(name, log);
  }

  /// The same for any process.
  static BenchException hasEnded(String name, Path log) {
    try (Stream<String> lines = Files.lines(log)) {
      List<String> all = lines.toList();
      List<String> last = all.subList(Math.max(0, all.size() - LOG_LINES), all.size());
      return new BenchException(name + " has ended by itself:\n" + String.join("\n", last));
    } catch (IOException e) {
      return new BenchException(name + " has ended by itself, without a log", e);
    }
  }

  /// What it has used of the processors so far, in user and kernel mode.
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /// The most memory it has had resident, in bytes; unknown where there is no `/proc`.
  OptionalLong peakResidentBytes() {
    return ProcStatus.peakResidentBytes(process.pid());
  }

  /// The memory it has resident, in bytes; unknown where there is no `/proc`.
  OptionalLong residentBytes() {
    return ProcStatus.residentBytes(process.pid());
  }

  /// Ends it, if need be by force.
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
