package dev.millrace.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// A command that is started as users start it: by the launcher, which chooses the JVM's options
/// and becomes the JVM.
final class LaunchedCommand implements AutoCloseable {
  /// On a machine that has much else to do.
  private static final long PATIENCE_S = 120;

  /// Between two looks: what is measured is at most so much too long.
  private static final long POLL_MS = 2;

  /// The JVM's default, but given: the launcher leaves its cache out then.
  static final String WITHOUT_CACHE = "-Xshare:auto";

  /// The exit code of a JVM that SIGTERM has ended, when it had put everything away.
  private static final int TERMINATED = 143;

  private final String name;
  private final Process process;
  private final Path log;
  private final Stop stop;
  private final long begun;

  private LaunchedCommand(String name, Process process, Path log, Stop stop, long begun) {
    this.name = name;
    this.process = process;
    this.log = log;
    this.stop = stop;
    this.begun = begun;
  }

  /// @param javaOptions for the JVM, beside the launcher's
  /// @param log gets all that it says
  static LaunchedCommand start(
      Path launcher, String javaOptions, Path log, Stop stop, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Map<String, String> environment = builder.environment();
    // They are meant for the benchmark.
    environment.keySet().removeIf(variable -> variable.startsWith("MILLRACE_"));
    environment.put("MILLRACE_JAVA_OPTS", javaOptions);
    try {
      long begun = System.nanoTime();
      return new LaunchedCommand(arguments.getFirst(), builder.start(), log, stop, begun);
    } catch (IOException e) {
      throw new BenchException(launcher + " could not be started: " + e.getMessage(), e);
    }
  }

  /// Waits until something holds.
  ///
  /// @return milliseconds from the start of the process
  double awaitReady(BooleanSupplier ready) {
    while (!ready.getAsBoolean()) {
      if (!process.isAlive()) {
        stop.check();
        throw ChildProcess.hasEnded(name, log);
      }
      if (System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(PATIENCE_S)) {
        throw new BenchException(name + " was not ready within " + PATIENCE_S + " s");
      }
      stop.pause(POLL_MS);
    }
    return (System.nanoTime() - begun) / 1e6;
  }

  /// Waits until it has ended well.
  ///
  /// @return milliseconds from the start of the process
  double awaitEnd() throws InterruptedException {
    if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
      throw new BenchException(name + " did not end within " + PATIENCE_S + " s");
    }
    double millis = (System.nanoTime() - begun) / 1e6;
    stop.check();
    if (process.exitValue() != 0) {
      throw ChildProcess.hasEnded(name, log);
    }
    return millis;
  }

  /// Whether what listens on a port of this machine says that it is ready.
  static boolean isReady(int port) {
    String request =
        "GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n"
            .formatted(port);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .startsWith("HTTP/1.1 200");
    } catch (IOException e) {
      return false; // it does not listen yet
    }
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new BenchException("no port is free: " + e.getMessage(), e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  OptionalLong residentBytes() {
    return ProcStatus.residentBytes(process.pid());
  }

  /// Whether it runs with an AOT cache; true where that cannot be known.
  boolean hasCache() {
    return ProcStatus.mapsFile(process.pid(), ".aot");
  }

  /// What it holds now; 0 where the system does not tell.
  SoakSample.Held held() {
    return new SoakSample.Held(
        residentBytes().orElse(0),
        ProcStatus.threads(process.pid()).orElse(0),
        ProcStatus.descriptors(process.pid()).orElse(0));
  }

  /// What is alive in its heap, bytes. It collects for that.
  long liveHeapBytes() {
    return LiveHeap.bytes(process.pid());
  }

  /// Asks it to end, and waits until it has ended well.
  void stopWell() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        throw new BenchException(name + " did not end within " + PATIENCE_S + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
    stop.check();
    if (process.exitValue() != 0 && process.exitValue() != TERMINATED) {
      throw ChildProcess.hasEnded(name, log);
    }
  }

  /// Ends it at once.
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Asks it to end, and does not wait.
  void askToEnd() {
    process.destroy();
  }

  /// Asks it to end, and waits for that, so that nobody waits for it as a member of a group.
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
