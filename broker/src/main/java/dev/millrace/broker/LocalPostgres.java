package dev.millrace.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A PostgreSQL server of this machine's package, for tests, benchmarks and drills: in a new
/// folder, on a free port of the loopback interface. It ends when this JVM does, and its data is
/// gone when it is closed.
///
/// PostgreSQL refuses to run as root; then it runs as the user `postgres` of the package.
public final class LocalPostgres implements AutoCloseable {
  /// Its only user, who may do everything.
  public static final String USER = "millrace";

  /// The password, which is asked for.
  public static final String PASSWORD = "not-a-secret";

  private static final long PATIENCE_S = 60;
  private static final long PAUSE_MS = 20;
  private static final int ATTEMPTS = 5;
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;
  private static final int PORTS_TRIED = 100;

  /// Ends the server when this JVM closes the shell's input, or dies. Ctrl-C is for all processes
  /// of a terminal, and PostgreSQL shuts down by it, as it has its own handlers: the shell is there
  /// until that is done.
  private static final String UNTIL_INPUT_ENDS =
      "trap '' INT HUP TERM; \"$@\" & server=$!; cat >/dev/null; kill -INT $server; wait $server";

  private final Path programs;
  private final Path folder;
  private final List<String> options;
  private int port;
  private Process process;

  private LocalPostgres(Path programs, Path folder, int port, List<String> options) {
    this.programs = programs;
    this.folder = folder;
    this.port = port;
    this.options = List.copyOf(options);
  }

  /// Whether there is one on this machine.
  public static boolean isInstalled() {
    return PostgresPackage.programs().isPresent()
        && (!PostgresPackage.isRoot() || PostgresPackage.user().isPresent());
  }

  /// Makes a database cluster and starts a server on it.
  ///
  /// @param settings of the server, such as `fsync=off`
  /// @throws BrokerException if it is not installed or does not start
  public static LocalPostgres create(String... settings) {
    try {
      // Not in a folder of the caller, which the server's user may not be able to enter.
      return in(Files.createTempDirectory("millrace-postgres-"), 0, settings);
    } catch (IOException e) {
      throw new BrokerException("PostgreSQL could not be started: " + e.getMessage(), e);
    }
  }

  /// The same in a given folder. Where the server runs as another user, he must be able to enter
  /// those that it is in; the one right above it is opened for that.
  ///
  /// @param folder is made
  /// @param port where it listens; 0 takes a free one
  public static LocalPostgres create(Path folder, int port, String... settings) {
    try {
      if (PostgresPackage.isRoot()) {
        Path above = folder.toAbsolutePath().getParent();
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(above);
        rights.add(PosixFilePermission.OTHERS_EXECUTE);
        Files.setPosixFilePermissions(above, rights);
      }
      return in(Files.createDirectory(folder), port, settings);
    } catch (IOException e) {
      throw new BrokerException("PostgreSQL could not be started: " + e.getMessage(), e);
    }
  }

  private static LocalPostgres in(Path folder, int port, String... settings) {
    Path programs =
        PostgresPackage.programs()
            .orElseThrow(() ->
                new BrokerException(
                    "there is no PostgreSQL on this machine; 'apt install postgresql' does it",
                    null));
    try {
      if (PostgresPackage.isRoot()) {
        Files.setOwner(folder, PostgresPackage.user().orElseThrow());
      }
      LocalPostgres server = new LocalPostgres(programs, folder, port, List.of(settings));
      try {
        server.initialize();
        server.start();
        return server;
      } catch (RuntimeException e) {
        server.close();
        throw e;
      }
    } catch (IOException e) {
      throw new BrokerException("PostgreSQL could not be started: " + e.getMessage(), e);
    }
  }

  private void initialize() throws IOException {
    Path password = folder.resolve("password");
    Files.writeString(password, PASSWORD);
    if (PostgresPackage.isRoot()) {
      Files.setOwner(password, PostgresPackage.user().orElseThrow());
    }
    run(
        "initdb",
        "--pgdata=" + data(),
        "--username=" + USER,
        "--pwfile=" + password,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync");
  }

  /// Starts the server again after [#stop()] or [#kill()], on the same port with the same data.
  public void start() {
    for (int attempt = 1; ; attempt++) {
      int candidate = port == 0 ? freePort() : port;
      List<String> command = new ArrayList<>(List.of("sh", "-c", UNTIL_INPUT_ENDS, "sh"));
      command.add(programs.resolve("postgres").toString());
      command.addAll(List.of("-D", data(), "-h", "127.0.0.1", "-p", Integer.toString(candidate)));
      command.addAll(List.of("-k", folder.toString()));
      options.forEach(option -> command.addAll(List.of("-c", option)));
      process = launch(command);
      if (isReady(candidate)) {
        port = candidate;
        return;
      }
      // Not stopped: it may be too young to hear that.
      abandon();
      // Somebody else may have taken the port.
      if (attempt == ATTEMPTS || port != 0 || Thread.currentThread().isInterrupted()) {
        throw new BrokerException("PostgreSQL does not start: " + log(), null);
      }
    }
  }

  private boolean isReady(int candidate) {
    Path pidFile = Path.of(data(), "postmaster.pid");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (process.isAlive() && System.nanoTime() < deadline) {
      try {
        if (Files.exists(pidFile)) {
          List<String> lines = Files.readAllLines(pidFile);
          if (lines.size() > 7
              && isOfThis(lines.getFirst())
              && lines.get(3).equals(Integer.toString(candidate))
              && lines.get(7).strip().equals("ready")) {
            return true;
          }
        }
        Thread.sleep(PAUSE_MS);
      } catch (IOException e) {
        // It is being written or removed.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  /// One that was killed has left its file.
  private boolean isOfThis(String pid) {
    return process
        .descendants()
        .anyMatch(descendant -> Long.toString(descendant.pid()).equals(pid.strip()));
  }

  /// Whether it was started, and neither stopped nor killed since.
  public boolean isRunning() {
    return process != null;
  }

  /// Kills the server with each of its processes, as `kill -9` does it, and waits for their end.
  public void kill() {
    ProcessTrees.kill(process.children().toList());
    // The shell that has started it.
    stop();
  }

  /// Shuts the server down: it breaks off what its clients do, and keeps the data. If that takes
  /// too long, the server is killed. An interrupt changes nothing.
  public void stop() {
    if (process == null) {
      return;
    }
    closeInput();
    if (!ProcessTrees.endsWithin(process.toHandle(), TimeUnit.SECONDS.toMillis(PATIENCE_S))) {
      abandon();
    }
    process = null;
  }

  /// Kills what there is of it. The shell may not have started the server yet, and ends by itself
  /// when that is gone.
  private void abandon() {
    closeInput();
    ProcessHandle shell = process.toHandle();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    do {
      ProcessTrees.kill(shell.children().toList());
    } while (!ProcessTrees.endsWithin(shell, PAUSE_MS) && System.nanoTime() < deadline);
    ProcessTrees.kill(List.of(shell));
    process = null;
  }

  private void closeInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // There is nothing that it has not read, and nobody who would read it.
    }
  }

  /// Where it is, with one of its databases; user and password have to be given beside it.
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /// Its port.
  public int port() {
    return port;
  }

  /// All that it keeps; its owner is the user that it runs as.
  public Path folder() {
    return folder;
  }

  /// What was said on its standard error so far.
  public String log() {
    try {
      return Files.readString(logFile());
    } catch (IOException e) {
      return "no log: " + e.getMessage();
    }
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  private Path logFile() {
    return folder.resolve("log");
  }

  private void run(String program, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    Process running = launch(command);
    try {
      running.getOutputStream().close();
      if (running.waitFor() != 0) {
        throw new BrokerException(program + " failed: " + log(), null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      ProcessTrees.kill(List.of(running.toHandle()));
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted while PostgreSQL started", e);
    }
  }

  /// As a user that PostgreSQL accepts.
  private Process launch(List<String> command) {
    List<String> all = new ArrayList<>();
    if (PostgresPackage.isRoot()) {
      String name = PostgresPackage.user().orElseThrow().getName();
      all.addAll(List.of("setpriv", "--reuid=" + name, "--regid=" + name, "--init-groups", "--"));
    }
    all.addAll(command);
    try {
      return new ProcessBuilder(all)
          .directory(folder.toFile())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
          .start();
    } catch (IOException e) {
      throw new BrokerException("PostgreSQL could not be started: " + e.getMessage(), e);
    }
  }

  /// None that the system gives to whoever connects: somebody could have it when the server starts
  /// again, and be it one who comes too early and meets himself.
  private static int freePort() {
    for (int attempt = 1; ; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        if (attempt == PORTS_TRIED) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  /// Shuts the server down and deletes its data.
  @Override
  public void close() {
    stop();
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new BrokerException("data of PostgreSQL is left in " + folder, e);
    }
  }
}
