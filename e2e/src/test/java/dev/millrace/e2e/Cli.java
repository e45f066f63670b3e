package dev.millrace.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// The command line as tests use it: in this JVM where its answer matters, in one of its own where
/// it is to be killed.
final class Cli {
  /// What a command said and how it ended.
  record Result(int code, String out, String err) {
    String all() {
      return "exit " + code + "\n" + out + err;
    }
  }

  /// Of the JVM of a command.
  static final List<String> JVM_OPTIONS =
      List.of(
          "-Xmx1g",
          // Most of them live for seconds: what a better compiler would win they do not see.
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private static final long PATIENCE_S = 120;
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;

  private Cli() {}

  /// Runs a command in this JVM.
  static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    return new Result(code, out.toString(), err.toString());
  }

  /// A port that a broker can be started on twice: none of those that the system gives to whoever
  /// connects, or somebody could have it when the broker comes back.
  static int freePort() throws IOException {
    for (int attempt = 0; ; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
      try (ServerSocket socket = new ServerSocket(port)) {
        return socket.getLocalPort();
      } catch (BindException e) {
        if (attempt == 100) {
          throw e;
        }
      }
    }
  }

  /// Runs a command that must succeed.
  static Result runWell(String... args) {
    Result result = run(args);
    assertEquals(0, result.code(), () -> String.join(" ", args) + "\n" + result.all());
    return result;
  }

  /// Starts a command in a JVM of its own, its output in one stream.
  static Running start(String... args) throws IOException {
    return start(command(args));
  }

  /// The same with so many descriptors, and no more.
  static Running startWithDescriptors(int descriptors, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("sh", "-c", "ulimit -n " + descriptors + "; exec \"$@\"", "sh"));
    command.addAll(command(args));
    return start(command);
  }

  /// The same on a terminal of its own, with what `stty` says of it before and after. Needs
  /// util-linux's `script`.
  static Running startOnTerminal(String... args) throws IOException {
    String quoted =
        command(args).stream()
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    String shell = "stty -a; " + quoted + "; echo \"code $?\"; stty -a";
    return start(List.of("script", "-qefc", shell, "/dev/null"));
  }

  private static Running start(List<String> command) throws IOException {
    return new Running(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  private static List<String> command(String... args) {
    List<String> command = ClassArchive.java(JVM_OPTIONS);
    command.add(Main.class.getName());
    command.addAll(List.of(args));
    return command;
  }

  /// A command in a JVM of its own. Closing kills it, if it still runs.
  static final class Running implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final List<String> lines = new ArrayList<>();

    private Running(Process process) {
      this.process = process;
      this.output = process.inputReader();
    }

    /// Reads on until a line is as wanted, or the output ends.
    ///
    /// @return the line
    String awaitLine(Predicate<String> wanted) throws IOException {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(line);
        if (wanted.test(line)) {
          return line;
        }
      }
      throw new AssertionError("ended without the line waited for:\n" + String.join("\n", lines));
    }

    /// Reads on until a broker says where Kafka listens.
    ///
    /// @return host and port
    String awaitKafka() throws IOException {
      String listens = "Kafka listens on ";
      return awaitLine(line -> line.startsWith(listens)).substring(listens.length());
    }

    /// The processes that it has started.
    List<ProcessHandle> children() {
      return process.children().toList();
    }

    /// Presses keys.
    void type(String keys) throws IOException {
      process.outputWriter().write(keys);
      process.outputWriter().flush();
    }

    /// Reads on until the output has a text, wherever in a line.
    ///
    /// @return all that was read
    String awaitText(String wanted) throws IOException {
      StringBuilder text = new StringBuilder();
      while (text.indexOf(wanted) < 0) {
        int c = output.read();
        if (c < 0) {
          throw new AssertionError("ended without '" + wanted + "':\n" + text);
        }
        text.append((char) c);
      }
      return text.toString();
    }

    /// All processes that run below this one.
    List<ProcessHandle> descendants() {
      return process.descendants().toList();
    }

    /// As `kill -9` does it.
    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }

    /// As `kill` does it.
    ///
    /// @return exit code
    int terminate() throws InterruptedException {
      process.destroy();
      return exitCode();
    }

    /// Sends SIGINT, as Ctrl-C does it.
    void interrupt() throws IOException, InterruptedException {
      signal("-INT");
    }

    /// Has it stand still, its connections open, until [#goOn()].
    void standStill() throws IOException, InterruptedException {
      signal("-STOP");
    }

    /// Lets it run again.
    void goOn() throws IOException, InterruptedException {
      signal("-CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
      new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    }

    int exitCode() throws InterruptedException {
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        throw new AssertionError("still running:\n" + String.join("\n", lines));
      }
      return process.exitValue();
    }

    /// All output so far; to its end if the process has ended.
    String output() throws IOException {
      output.lines().forEach(lines::add);
      return String.join("\n", lines);
    }

    @Override
    public void close() {
      // Whoever waits for its end has called another method.
      process.destroyForcibly();
    }
  }

  static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }
}
