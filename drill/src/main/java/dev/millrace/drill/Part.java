package dev.millrace.drill;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A command of Millrace in a JVM of its own, on this JVM's class path and with its options, and so
/// with the AOT cache that the launcher gave it. It can be killed, stand still, and be started
/// again; its output goes to one log.
final class Part {
  private static final long STOPPED_WITHIN_S = 60;

  /// It is asked in the middle of a drill, and a busy machine is no loss.
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);

  private static final long PAUSE_MS = 50;
  private static final int LOG_LINES = 8;

  /// What a command that SIGTERM has ended returns: its own 0, or the signal's.
  private static final List<Integer> ENDED_WELL = List.of(0, 143);

  /// Options of this JVM that are its own business.
  private static final List<String> NOT_INHERITED =
      List.of(
          "-Xmx",
          "-Xms",
          "-Xmn",
          "-javaagent",
          "-agentlib",
          "-agentpath",
          "-XX:AOTCacheOutput",
          "-Djdk.net.hosts.file");

  private final String name;
  private final List<String> command;
  private final Pattern ready;
  private final Path log;
  private Process process;
  private Process pauser;
  private long logStart;
  private boolean wanted;
  private final AtomicInteger life = new AtomicInteger();
  private int usages;

  /// @param name for messages, and of its log
  /// @param jvm options of its JVM
  /// @param mainClass entry of the command line
  /// @param ready what a line of its output says when it can work
  /// @param folder of its log
  Part(
      String name,
      List<String> jvm,
      String mainClass,
      List<String> arguments,
      Pattern ready,
      Path folder) {
    this.name = name;
    this.ready = ready;
    this.log = folder.resolve(name + ".log");
    command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> NOT_INHERITED.stream().noneMatch(option::startsWith))
        .forEach(command::add);
    command.addAll(jvm);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), PartMain.class.getName(), mainClass));
    command.addAll(arguments);
  }

  String name() {
    return name;
  }

  Path log() {
    return log;
  }

  /// Starts it, and does not wait.
  void start() throws IOException {
    logStart = Files.exists(log) ? Files.size(log) : 0;
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    // Settings for the drill are not settings for its parts.
    builder.environment().keySet().removeIf(variable -> variable.startsWith("MILLRACE_"));
    // From even to odd, and from odd to odd if nobody has ended the one before.
    life.updateAndGet(before -> before + 1 + before % 2);
    process = builder.start();
    wanted = true;
  }

  /// Where it is in its life, in numbers that grow: odd ones for a process of it that may run, even
  /// ones for when none does for certain. For any thread.
  int life() {
    return life.get();
  }

  private void hasEnded() {
    life.updateAndGet(before -> before + before % 2);
  }

  /// Whether it is meant to run.
  boolean isWanted() {
    return wanted;
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /// What it said when it could work; empty before that.
  Optional<Matcher> ready() throws IOException {
    byte[] all = Files.readAllBytes(log);
    String said =
        new String(all, (int) logStart, all.length - (int) logStart, StandardCharsets.UTF_8);
    Matcher matcher = ready.matcher(said);
    return matcher.find() ? Optional.of(matcher) : Optional.empty();
  }

  /// What to say if it has ended by itself.
  String ending() throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
    return name
        + " ended by itself with exit code "
        + process.exitValue()
        + ": "
        + String.join(" | ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()))
        + " (its log: "
        + log
        + ")";
  }

  /// As `kill -9` does it.
  ///
  /// @return whether it ran
  boolean kill() throws InterruptedException {
    wanted = false;
    boolean ran = isAlive();
    if (process != null) {
      process.destroyForcibly().waitFor();
      hasEnded();
    }
    endPause();
    return ran;
  }

  /// As `kill` does it.
  ///
  /// @return what was wrong with its end; empty if nothing was
  Optional<String> stop() throws InterruptedException {
    wanted = false;
    // Not the process itself: that would end its input too, which would end it at once.
    process.toHandle().destroy();
    if (!process.waitFor(STOPPED_WITHIN_S, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      hasEnded();
      return Optional.of(name + " did not stop within " + STOPPED_WITHIN_S + " s; its log: " + log);
    }
    hasEnded();
    return ENDED_WELL.contains(process.exitValue())
        ? Optional.empty()
        : Optional.of(
            name
                + " was stopped, and ended with exit code "
                + process.exitValue()
                + "; its log: "
                + log);
  }

  /// Waits for its own end.
  ///
  /// @return whether it has come
  boolean await(Duration patience) throws InterruptedException {
    return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// Has it stand still. A helper does, which lets it go on when this process is gone: one that
  /// stands still would never see that its input has ended.
  void pause() throws IOException, InterruptedException {
    pauser =
        new ProcessBuilder(
                "sh",
                "-c",
                // Ctrl-C is for all processes of a terminal.
                "trap '' INT HUP TERM; kill -STOP \"$1\" || exit 1; echo stopped; read -r _;"
                    + " kill -CONT \"$1\"",
                "pause",
                Long.toString(process.pid()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (pauser.getInputStream().read() < 0) {
      throw new DrillException(name + " could not be made to stand still: SIGSTOP had no effect");
    }
  }

  /// Has it write into its log what its threads do, for which it has a second.
  void dumpThreads() throws IOException, InterruptedException {
    new ProcessBuilder(
            "sh", "-c", "kill -QUIT \"$1\"; sleep 1", "dump", Long.toString(process.pid()))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  /// Whether the system says that it is stopped.
  boolean isStandingStill() throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
    return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
  }

  /// Lets it run again.
  void resume() throws InterruptedException {
    endPause();
  }

  private void endPause() throws InterruptedException {
    if (pauser != null) {
      try {
        pauser.getOutputStream().close();
      } catch (IOException e) {
        throw new DrillException(name + " could not be let go on: " + e.getMessage(), e);
      }
      pauser.waitFor();
      pauser = null;
    }
  }

  /// What it holds now; empty if it ends meanwhile by itself, which is for its supervisor to tell.
  ///
  /// @throws DrillException if it lives, and does not tell
  Optional<Usage> usage() throws IOException, InterruptedException {
    Path file = log.resolveSibling(name + ".usage-" + usages++);
    try {
      OutputStream input = process.getOutputStream();
      input.write((file + "\n").getBytes(StandardCharsets.UTF_8));
      input.flush();
    } catch (IOException e) {
      // Nobody reads it any more: it has ended, or will have in a moment.
      if (await(ANSWER_WITHIN)) {
        return Optional.empty();
      }
      throw e;
    }
    long deadline = System.nanoTime() + ANSWER_WITHIN.toNanos();
    while (!Files.exists(file)) {
      if (!isAlive()) {
        return Optional.empty();
      }
      if (System.nanoTime() > deadline) {
        throw new DrillException(name + " does not tell what it holds; its log: " + log);
      }
      Thread.sleep(PAUSE_MS);
    }
    Usage usage = new JsonMapper().readValue(file.toFile(), Usage.class);
    Files.delete(file);
    return Optional.of(usage);
  }
}
