package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/// Makes an AOT cache for each command that is to start fast and to be small: the JVM takes in all
/// classes of a cache at its start, those of other commands too, which takes time and memory.
///
/// The commands run as a pipeline for some seconds, each in a JVM of its own, which writes its
/// cache when it ends.
public final class CacheTraining {
  /// The processor's.
  private static final String GROUP = "millrace";

  private final Path launcher;
  private final Path caches;
  private final Path folder;
  private final Stop stop = new Stop(() -> false);

  private CacheTraining(Path launcher, Path caches, Path folder) {
    this.launcher = launcher;
    this.caches = caches;
    this.folder = folder;
  }

  /// Exits with 0 if all caches were written, each named as its command.
  ///
  /// @param args the launchers' `jvm.sh`, the `java` and the jar that they start, a folder for the
  ///   caches, a new folder for what else is written
  public static void main(String[] args) throws IOException, InterruptedException {
    Path folder = Files.createDirectory(Path.of(args[4]));
    Path launcher = launcher(args[0], args[1], args[2], args[3], folder);
    try {
      new CacheTraining(launcher, Path.of(args[3]), folder).run();
    } catch (BenchException e) {
      System.err.println("training: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  /// What starts commands with their usual options, and looks for nothing to be built. It does so
  /// in the folder of the caches: options are split at spaces, so there must be no folder in them.
  private static Path launcher(String options, String java, String jar, String caches, Path folder)
      throws IOException {
    Path launcher = folder.resolve("launcher");
    Files.writeString(
        launcher,
        """
        #!/bin/sh
        . %s
        cd %s
        jvm_options_of_command "$1"
        jvm_exec %s '' %s "$@"
        """
            .formatted(quoted(options), quoted(caches), quoted(java), quoted(jar)));
    return Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
  }

  /// One word of a shell.
  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  private void run() throws InterruptedException {
    start("--help").awaitEnd();
    int edge = LaunchedCommand.freePort();
    int page = LaunchedCommand.freePort();
    int health = LaunchedCommand.freePort();
    try (StartBroker broker = StartBroker.start(folder)) {
      String kafka = "--bootstrap-server=" + broker.bootstrapServers();
      String target = "--target=http://127.0.0.1:" + edge;
      // One after the other: together, none might be ready in time.
      try (LaunchedCommand ingest = service("ingest", edge, kafka);
          LaunchedCommand processor =
              service("processor", health, kafka, "--state=" + folder.resolve("state"));
          LaunchedCommand sink =
              service("sink", page, kafka, "--database=" + folder.resolve("windows.db"))) {
        // This one is there for the edge, and needs no cache.
        launch(LaunchedCommand.WITHOUT_CACHE, "loadgen", loadgen("over-http", target)).awaitEnd();
        start("loadgen", loadgen("straight", kafka)).awaitEnd();
        processor.awaitReady(() -> broker.committed(GROUP) == broker.events());
        // Each writes its cache now; together, because that takes a while.
        sink.askToEnd();
        processor.askToEnd();
        ingest.askToEnd();
      }
    }
    for (String command : List.of("--help", "ingest", "processor", "sink", "loadgen")) {
      if (!Files.isRegularFile(caches.resolve(cache(command)))) {
        throw new BenchException(command + " has written no cache");
      }
    }
  }

  private static String cache(String command) {
    return command + ".aot";
  }

  private String[] loadgen(String run, String target) {
    return new String[] {
      target, "--no-e2e", "--rate=5k", "--duration=2s", "--run=" + folder.resolve(run)
    };
  }

  private LaunchedCommand service(String command, int port, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--port=" + port);
    LaunchedCommand service = start(command, all.toArray(String[]::new));
    try {
      service.awaitReady(() -> LaunchedCommand.isReady(port));
      return service;
    } catch (BenchException e) {
      service.close();
      throw e;
    }
  }

  private LaunchedCommand start(String command, String... arguments) {
    return launch("-Xlog:aot=error -XX:AOTCacheOutput=" + cache(command), command, arguments);
  }

  private LaunchedCommand launch(String javaOptions, String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(arguments));
    return LaunchedCommand.start(
        launcher, javaOptions, folder.resolve(command + ".log"), stop, all);
  }
}
