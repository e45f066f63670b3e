package dev.millrace.cli;

import dev.millrace.loadgen.RunFolder;
import dev.millrace.loadgen.RunSecond;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The processes of a load run that is shared by several: each is this command once more, with the
/// events that are its own, and ends when its standard input does, so that none is left over,
/// whatever this process dies of.
final class Workers implements AutoCloseable {
  /// Options that the parent gives anew.
  private static final Set<String> OWN = Set.of("--run", "--ledger", "--workers", "--metrics-port");

  /// Exit codes after SIGINT and SIGTERM.
  private static final Set<Integer> SIGNALLED = Set.of(130, 143);

  /// What of a worker that failed is shown.
  private static final int LOG_LINES = 5;

  private static final String SAID = "millrace: ";

  private final List<Process> processes = new ArrayList<>();
  private final List<RunFolder> folders = new ArrayList<>();
  private final Map<Long, List<RunSecond>> seconds = new HashMap<>();
  private final Consumer<RunSecond> listener;
  private RunSecond latest;

  /// @param arguments of this command
  /// @param folder of the whole run, which is there
  /// @param startMs when the first event is due, epoch milliseconds
  /// @param listener is told of each second, once all have told of it
  Workers(
      int count, List<String> arguments, Path folder, long startMs, Consumer<RunSecond> listener)
      throws IOException {
    this.listener = listener;
    try {
      for (int i = 0; i < count; i++) {
        Path own = folder.resolve("worker-" + i);
        folders.add(new RunFolder(own));
        ProcessBuilder worker =
            new ProcessBuilder(command(arguments, i + "/" + count + "@" + startMs, own))
                .redirectError(log(own).toFile());
        removeOwn(worker.environment());
        Process process = worker.start();
        processes.add(process);
        Thread.ofPlatform().daemon().name("millrace-worker-" + i).start(() -> listen(process));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private static Path log(Path folder) {
    return folder.resolveSibling(folder.getFileName() + ".log");
  }

  private static List<String> command(List<String> arguments, String worker, Path folder) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        // Which belong to this process alone.
        .filter(option -> !option.startsWith("-agentlib") && !option.startsWith("-XX:AOTCacheOut"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(withoutOwn(arguments));
    command.addAll(List.of("--worker", worker, "--run", folder.toString()));
    return command;
  }

  /// The arguments without those that the parent gives anew.
  static List<String> withoutOwn(List<String> arguments) {
    List<String> rest = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (OWN.contains(argument)) {
        // Its value.
        i++;
      } else if (!OWN.contains(argument.split("=", 2)[0])) {
        rest.add(argument);
      }
    }
    return rest;
  }

  /// Takes out of a worker's environment what is set for the parent alone, as its arguments are.
  static void removeOwn(Map<String, String> environment) {
    OWN.forEach(option -> environment.remove(EnvironmentDefaults.variable(option)));
  }

  private void listen(Process process) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("{\"second\":")) {
          add(RunSecond.JSON.decode(line.getBytes(StandardCharsets.UTF_8)));
        }
      }
    } catch (IOException e) {
      // It has ended, which shows by itself.
      return;
    }
  }

  private synchronized void add(RunSecond second) {
    List<RunSecond> parts = seconds.computeIfAbsent(second.second(), at -> new ArrayList<>());
    parts.add(second);
    if (parts.size() == processes.size()) {
      latest = RunSecond.sum(parts);
      listener.accept(latest);
      seconds.remove(second.second());
    }
  }

  /// The newest second that all have told of.
  synchronized Optional<RunSecond> latest() {
    return Optional.ofNullable(latest);
  }

  /// Waits for the end of all.
  ///
  /// @return whether it has come
  boolean await(long millis) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (Process process : processes) {
      if (!process.waitFor(until - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return false;
      }
    }
    return true;
  }

  /// Makes all end early; what they sent is still waited for.
  void stop() {
    for (Process process : processes) {
      try {
        process.getOutputStream().close();
      } catch (IOException e) {
        // It has ended by itself.
      }
    }
  }

  /// Workers that failed, a sentence for each, also if they have left a result; once all have
  /// ended.
  ///
  /// @param interrupted whether the run was: a terminal sends its signals to all
  List<String> failures(boolean interrupted) throws IOException {
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < processes.size(); i++) {
      int code = processes.get(i).exitValue();
      if (code != 0 && !(interrupted && SIGNALLED.contains(code))) {
        failures.add(ended(i, ""));
      }
    }
    return failures;
  }

  /// What workers that did not fail had to say, a sentence for each; once all have ended.
  List<String> remarks() throws IOException {
    List<String> remarks = new ArrayList<>();
    for (int i = 0; i < processes.size(); i++) {
      if (processes.get(i).exitValue() == 0) {
        for (String remark : remarks(log(folders.get(i).path()))) {
          remarks.add("worker " + i + ": " + remark);
        }
      }
    }
    return remarks;
  }

  /// What a command has said for people among the lines of its log.
  static List<String> remarks(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines
          .filter(line -> line.startsWith(SAID))
          .map(line -> line.substring(SAID.length()))
          .toList();
    }
  }

  /// The folders of all, once they have ended.
  ///
  /// @throws UserException if one has left no result
  List<RunFolder> folders() throws IOException {
    for (int i = 0; i < folders.size(); i++) {
      if (!Files.exists(folders.get(i).path().resolve("run.json"))) {
        throw new UserException(ended(i, " and without a result"));
      }
    }
    return List.copyOf(folders);
  }

  private String ended(int worker, String more) throws IOException {
    return "worker "
        + worker
        + " ended with exit code "
        + processes.get(worker).exitValue()
        + more
        + ": "
        + lastLines(log(folders.get(worker).path()));
  }

  private static String lastLines(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      List<String> all = lines.toList();
      return String.join(" | ", all.subList(Math.max(0, all.size() - LOG_LINES), all.size()));
    }
  }

  @Override
  public void close() {
    stop();
    for (Process process : processes) {
      try {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
