package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// How soon after its start each command is ready, with the launcher's AOT cache and without, and
/// how much memory it has resident when idle and under load.
public final class StartBench {
  private static final String NAME = "start";
  private static final String HELP = "--help";
  private static final String INGEST = "ingest";
  private static final String PROCESSOR = "processor";
  private static final String SINK = "sink";
  private static final String LOADGEN = "loadgen";
  private static final List<String> COMMANDS = List.of(HELP, INGEST, PROCESSOR, SINK, LOADGEN);

  /// The processor's `--application-id`.
  private static final String GROUP = "millrace";

  private static final long SETTLE_MS = 300;
  private static final long TICK_MS = 100;

  /// Of the time under load, how much is over when memory is looked at.
  private static final double LATE = 0.9;

  private static final double MIB = 1 << 20;

  /// A line of the report; what makes no sense, or is not known, is null.
  ///
  /// @param name the command
  /// @param readyMs from exec of the launcher until it is ready, milliseconds, median
  /// @param readyMsWithoutCache the same without AOT cache
  /// @param idleRssMib resident memory when nothing is to be done, MiB, median
  /// @param loadedRssMib the same while events pass, MiB, once
  /// @param loadedEventsPerS how many of them
  /// @param rounds what `readyMs` is the median of
  /// @param roundsWithoutCache what `readyMsWithoutCache` is the median of
  record Line(
      @JsonProperty("name") String name,
      @JsonProperty("ready_ms") Double readyMs,
      @JsonProperty("ready_ms_without_cache") Double readyMsWithoutCache,
      @JsonProperty("idle_rss_mib") Double idleRssMib,
      @JsonProperty("loaded_rss_mib") Double loadedRssMib,
      @JsonProperty("loaded_events_per_s") Double loadedEventsPerS,
      @JsonProperty("rounds") List<Double> rounds,
      @JsonProperty("rounds_without_cache") List<Double> roundsWithoutCache) {}

  /// What the rounds have brought for a command.
  private record Samples(List<Double> cached, List<Double> uncached, List<Double> idle) {
    Samples() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  private final StartBenchConfig config;
  private final PrintWriter err;
  private final Stop stop;
  private final Path folder;
  private final StartBroker broker;
  private final Map<String, Samples> samples = new LinkedHashMap<>();
  private int started;

  private StartBench(
      StartBenchConfig config, PrintWriter err, Stop stop, Path folder, StartBroker broker) {
    this.config = config;
    this.err = err;
    this.stop = stop;
    this.folder = folder;
    this.broker = broker;
    COMMANDS.forEach(command -> samples.put(command, new Samples()));
  }

  /// The script that has started this process; empty if it was started in another way.
  public static Optional<Path> launcher() {
    return Optional.ofNullable(System.getProperty("millrace.launcher")).map(Path::of);
  }

  /// @param out gets the table
  /// @param err gets a line now and then
  /// @param json where the report for machines goes; null for nowhere
  /// @param stopped whether the user wants no more of it
  /// @throws BenchException if something did not come through, or the user stopped it
  /// @throws IOException if the folder or the report cannot be written
  public static void run(
      StartBenchConfig config, PrintWriter out, PrintWriter err, Path json, BooleanSupplier stopped)
      throws IOException, InterruptedException {
    List<Line> lines;
    try (BenchFolder folder = BenchFolder.create(config.data());
        StartBroker broker = StartBroker.start(folder.path())) {
      lines = new StartBench(config, err, new Stop(stopped), folder.path(), broker).run();
    }
    Report<Line> report = Report.of(NAME, lines);
    print(report, out);
    report.write(json);
  }

  private List<Line> run() throws InterruptedException {
    prepare();
    for (int round = 1; round <= config.rounds(); round++) {
      for (String command : COMMANDS) {
        for (boolean cache : new boolean[] {true, false}) {
          stop.pause(SETTLE_MS);
          measure(command, cache);
        }
      }
      say("round " + round + " of " + config.rounds() + " is done");
    }
    return lines(underLoad());
  }

  /// Groups, state and a database to come back to, all files read once, and a launcher that has
  /// nothing to build.
  private void prepare() {
    int port = LaunchedCommand.freePort();
    try (LaunchedCommand processor = start(PROCESSOR, true, processor(LaunchedCommand.freePort()));
        LaunchedCommand loadgen = start(LOADGEN, true, loadgen("--rate=1k", "--duration=2s"))) {
      loadgen.awaitReady(() -> broker.events() > 0);
      if (!loadgen.hasCache()) {
        say("there is no AOT cache: all figures are without");
      }
      while (loadgen.isAlive()) {
        stop.pause(TICK_MS);
      }
      processor.awaitReady(() -> broker.committed(GROUP) == broker.events());
      try (LaunchedCommand sink = start(SINK, true, sink(port))) {
        sink.awaitReady(() -> LaunchedCommand.isReady(port));
      }
    }
  }

  private void measure(String command, boolean cache) throws InterruptedException {
    Samples all = samples.get(command);
    double readyMs;
    int port = LaunchedCommand.freePort();
    long events = command.equals(LOADGEN) ? broker.events() : 0;
    try (LaunchedCommand started = start(command, cache, arguments(command, port))) {
      readyMs =
          command.equals(HELP)
              ? started.awaitEnd()
              : started.awaitReady(
                  command.equals(LOADGEN)
                      ? () -> broker.events() > events
                      : () -> LaunchedCommand.isReady(port));
      if (cache && !command.equals(HELP)) {
        stop.pause(config.idle().toMillis());
        started.residentBytes().ifPresent(bytes -> all.idle().add(bytes / MIB));
      }
    }
    (cache ? all.cached() : all.uncached()).add(readyMs);
  }

  private List<String> arguments(String command, int port) {
    return switch (command) {
      case HELP -> List.of();
      case INGEST -> ingest(port);
      case PROCESSOR -> processor(port);
      case SINK -> sink(port);
      case LOADGEN -> loadgen("--rate=1", "--duration=1h");
      default -> throw new IllegalStateException(command);
    };
  }

  private List<String> ingest(int port) {
    return List.of("--port=" + port);
  }

  private List<String> processor(int port) {
    return List.of("--port=" + port, "--state=" + folder.resolve("processor"));
  }

  private List<String> sink(int port) {
    return List.of("--port=" + port, "--database=" + folder.resolve("windows.db"));
  }

  private List<String> loadgen(String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.add("--no-e2e");
    arguments.add("--run=" + folder.resolve("run-" + started));
    return arguments;
  }

  private LaunchedCommand start(String command, boolean cache, List<String> arguments) {
    started++;
    List<String> all = new ArrayList<>(List.of(command));
    if (!command.equals(HELP)) {
      all.add("--bootstrap-server=" + broker.bootstrapServers());
    }
    all.addAll(arguments);
    return LaunchedCommand.start(
        config.launcher(),
        cache ? "" : LaunchedCommand.WITHOUT_CACHE,
        folder.resolve("commands.log"),
        stop,
        all);
  }

  /// What each had resident while events passed, and how many passed a second.
  private record Loaded(Map<String, OptionalLong> bytes, double eventsPerS) {}

  /// All commands at once, the events going the whole way, from the load generator over the edge.
  private Loaded underLoad() {
    int edge = LaunchedCommand.freePort();
    int page = LaunchedCommand.freePort();
    int health = LaunchedCommand.freePort();
    Map<String, OptionalLong> bytes = new LinkedHashMap<>();
    try (LaunchedCommand processor = start(PROCESSOR, true, processor(health));
        LaunchedCommand sink = start(SINK, true, sink(page));
        LaunchedCommand ingest = start(INGEST, true, ingest(edge))) {
      processor.awaitReady(() -> LaunchedCommand.isReady(health));
      sink.awaitReady(() -> LaunchedCommand.isReady(page));
      ingest.awaitReady(() -> LaunchedCommand.isReady(edge));
      long before = broker.events();
      try (LaunchedCommand loadgen =
          start(
              LOADGEN,
              true,
              loadgen(
                  "--target=http://127.0.0.1:" + edge,
                  String.format(Locale.ROOT, "--rate=%.0f", config.ratePerS()),
                  "--duration=" + config.load().toMillis() + "ms"))) {
        loadgen.awaitReady(() -> broker.events() > before);
        long begun = System.nanoTime();
        long until = begun + (long) (LATE * config.load().toNanos());
        while (System.nanoTime() < until) {
          stop.pause(TICK_MS);
        }
        bytes.put(INGEST, ingest.residentBytes());
        bytes.put(PROCESSOR, processor.residentBytes());
        bytes.put(SINK, sink.residentBytes());
        bytes.put(LOADGEN, loadgen.residentBytes());
        double seconds = (System.nanoTime() - begun) / (double) TimeUnit.SECONDS.toNanos(1);
        double eventsPerS = (broker.events() - before) / seconds;
        say(String.format(Locale.ROOT, "under load: %,.0f events/s", eventsPerS));
        return new Loaded(bytes, eventsPerS);
      }
    }
  }

  private List<Line> lines(Loaded loaded) {
    List<Line> lines = new ArrayList<>();
    samples.forEach((name, all) -> {
      OptionalLong bytes = loaded.bytes().getOrDefault(name, OptionalLong.empty());
      lines.add(
          new Line(
              name,
              median(all.cached()),
              median(all.uncached()),
              median(all.idle()),
              bytes.isPresent() ? bytes.getAsLong() / MIB : null,
              bytes.isPresent() ? loaded.eventsPerS() : null,
              all.cached(),
              all.uncached()));
    });
    return lines;
  }

  private static Double median(List<Double> values) {
    return values.isEmpty() ? null : values.stream().sorted().toList().get(values.size() / 2);
  }

  private static void print(Report<Line> report, PrintWriter out) {
    out.println(report.bench() + " on " + report.machine());
    out.printf(
        "%-12s %9s %14s %9s %11s %10s%n",
        "", "ready ms", "without cache", "idle MiB", "loaded MiB", "events/s");
    for (Line line : report.results()) {
      out.printf(
          "%-12s %9s %14s %9s %11s %10s%n",
          line.name(),
          cell(line.readyMs()),
          cell(line.readyMsWithoutCache()),
          cell(line.idleRssMib()),
          cell(line.loadedRssMib()),
          cell(line.loadedEventsPerS()));
    }
    out.println(
        "From exec of the launcher; of several rounds the median. Ready: --help has ended; loadgen's"
            + " first event is in Kafka; the others answer /health/ready with 200, the processor in"
            + " a group that was there before.");
    out.flush();
  }

  private static String cell(Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%,.0f", value);
  }

  private void say(String sentence) {
    err.println(sentence);
    err.flush();
  }
}
