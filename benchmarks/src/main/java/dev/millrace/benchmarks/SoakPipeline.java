package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The pipeline of a soak, each part the command that a user starts, and what is seen of it from
/// outside.
///
/// Raw events are deleted once the processor has committed them: half an hour of them would not fit
/// on many disks, and the ledger that is verified at the end does not need them.
final class SoakPipeline implements AutoCloseable {
  private static final String BROKER = "broker";
  private static final String PROCESSOR = "processor";
  private static final String SINK = "sink";
  private static final String LOADGEN = "loadgen";

  /// The broker's default.
  private static final int PARTITIONS = 4;

  /// The processor's `--application-id`.
  private static final String GROUP = "millrace";

  /// The load is told to end when all is measured, not before.
  private static final Duration SPARE = Duration.ofMinutes(10);

  /// Kafka deletes whole segments, when it looks for them, and a while after that.
  private static final List<String> DELETES_SOON =
      List.of(
          "log.segment.bytes=67108864",
          "log.retention.check.interval.ms=5000",
          "log.segment.delete.delay.ms=1000");

  private final SoakBenchConfig config;
  private final Path folder;
  private final Stop stop;
  private final String bootstrapServers;
  private final Map<String, LaunchedCommand> parts = new LinkedHashMap<>();
  private RequestsTopic requests;

  private SoakPipeline(SoakBenchConfig config, Path folder, Stop stop, int port) {
    this.config = config;
    this.folder = folder;
    this.stop = stop;
    this.bootstrapServers = "127.0.0.1:" + port;
  }

  /// Starts it, and returns when the first events are in Kafka.
  static SoakPipeline start(SoakBenchConfig config, Path folder, Stop stop) {
    int port = LaunchedCommand.freePort();
    SoakPipeline pipeline = new SoakPipeline(config, folder, stop, port);
    try {
      pipeline.startAll(port);
      return pipeline;
    } catch (RuntimeException e) {
      pipeline.close();
      throw e;
    }
  }

  private void startAll(int port) {
    List<String> broker =
        new ArrayList<>(List.of("--port=" + port, "--data=" + folder.resolve(BROKER)));
    DELETES_SOON.forEach(setting -> broker.addAll(List.of("--kafka", setting)));
    launch(BROKER, broker).awaitReady(() -> says(BROKER, "Kafka listens on"));
    // Not before: it would complain that nobody listens.
    requests = new RequestsTopic(bootstrapServers, PARTITIONS);
    service(PROCESSOR, "--state=" + folder.resolve("state"));
    service(SINK, "--database=" + database(), "--no-page");
    client(
            LOADGEN,
            String.format(Locale.ROOT, "--rate=%.0f", config.ratePerS()),
            "--duration=" + config.duration().plus(SPARE).toMillis() + "ms",
            "--run=" + run())
        .awaitReady(() -> requests.events() > 0);
  }

  private void service(String command, String... arguments) {
    int port = LaunchedCommand.freePort();
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--port=" + port);
    client(command, all.toArray(String[]::new)).awaitReady(() -> LaunchedCommand.isReady(port));
  }

  private LaunchedCommand client(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--bootstrap-server=" + bootstrapServers));
    all.addAll(List.of(arguments));
    return launch(command, all);
  }

  private LaunchedCommand launch(String command, List<String> arguments) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(arguments);
    LaunchedCommand part = LaunchedCommand.start(config.launcher(), "", log(command), stop, all);
    parts.put(command, part);
    return part;
  }

  private Path log(String part) {
    return folder.resolve(part + ".log");
  }

  private boolean says(String part, String words) {
    try {
      return Files.readString(log(part)).contains(words);
    } catch (IOException e) {
      throw new BenchException("the log of " + part + " cannot be read: " + e.getMessage(), e);
    }
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  /// The sink's.
  Path database() {
    return folder.resolve("windows.db");
  }

  /// The load generator's folder.
  Path run() {
    return folder.resolve("run");
  }

  /// How many events Kafka has had.
  long events() {
    return requests.events();
  }

  /// How many of them the processor has not committed. What came while it was asked is in it.
  long lag() {
    long committed = requests.committed(GROUP);
    return requests.events() - committed;
  }

  /// Lets Kafka give back the room of what the processor has committed.
  void deleteCommitted() {
    requests.deleteCommitted(GROUP);
  }

  /// @throws BenchException if a part has ended by itself
  void requireAlive() {
    parts.forEach((name, part) -> {
      if (!part.isAlive()) {
        stop.check();
        throw ChildProcess.hasEnded(name, log(name));
      }
    });
  }

  /// What each part holds now.
  Map<String, SoakSample.Held> held() {
    Map<String, SoakSample.Held> held = new LinkedHashMap<>();
    parts.forEach((name, part) -> held.put(name, part.held()));
    return held;
  }

  /// What is alive in the heap of each part, bytes. Each stops while its heap is looked at.
  Map<String, Long> liveHeaps() {
    Map<String, Long> bytes = new LinkedHashMap<>();
    parts.forEach((name, part) -> bytes.put(name, part.liveHeapBytes()));
    return bytes;
  }

  /// Has the load end, and returns when its books are closed.
  void stopLoad() {
    parts.get(LOADGEN).stopWell();
    parts.remove(LOADGEN);
  }

  /// Ends all of it at once: there is nothing that it should put away.
  @Override
  public void close() {
    parts.values().forEach(LaunchedCommand::kill);
    if (requests != null) {
      requests.close();
    }
  }
}
