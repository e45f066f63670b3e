package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.ingest.HttpLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/// How many events a second the HTTP edge takes, one or a hundred in a request, each answered when
/// Kafka has it; beside the JDK's own HTTP server doing the same work. Then, what an idle
/// connection costs, and how soon after its start the edge is ready.
public final class IngestBench {
  private static final String NAME = "ingest";
  private static final String SINGLE = "single";
  private static final String BATCH = "batch100";
  private static final String IDLE = "idle-connections";
  private static final String START = "start";
  private static final int PARTITIONS = 4;
  private static final int EVENTS_PER_BATCH = 100;
  private static final int BATCH_CONNECTIONS = 64;
  private static final int REQUESTS_BESIDE = 500;

  /// What the launcher gives to `millrace ingest`.
  private static final List<String> HEAP =
      List.of("-Xms96m", "-Xmn48m", "-Xmx256m", "-XX:+UseSerialGC");

  /// Beside those measured.
  private static final int SPARE_CONNECTIONS = 200;

  private static final long SETTLE_MS = 1_000;

  /// A line of the report; what was not measured is null.
  ///
  /// @param name what was measured, a peer's name in front
  /// @param requestsPerS answered with success, a second
  /// @param eventsPerS the same, events
  /// @param rounds events a second of each round
  /// @param ratio to the peer's events a second
  /// @param connections at a time
  /// @param p50Us median time to the answer, microseconds
  /// @param p99Us 99th percentile of the same
  /// @param failures requests answered otherwise, or not at all
  /// @param cpuSPerMillion CPU time of the server, seconds for a million events
  /// @param rssBytes resident memory at the end
  /// @param bytesPerConnection what an idle connection adds to it
  /// @param readyMs from the start of the process to the first 200 of `/health/ready`, median
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Line(
      @JsonProperty("name") String name,
      @JsonProperty("requests_per_s") Double requestsPerS,
      @JsonProperty("events_per_s") Double eventsPerS,
      @JsonProperty("rounds") List<Double> rounds,
      @JsonProperty("ratio") Double ratio,
      @JsonProperty("connections") Integer connections,
      @JsonProperty("p50_us") Double p50Us,
      @JsonProperty("p99_us") Double p99Us,
      @JsonProperty("failures") Long failures,
      @JsonProperty("cpu_s_per_million") Double cpuSPerMillion,
      @JsonProperty("rss_bytes") Long rssBytes,
      @JsonProperty("bytes_per_connection") Long bytesPerConnection,
      @JsonProperty("ready_ms") Double readyMs) {
    Line with(List<Double> allRounds, Double ratioToPeer) {
      return new Line(
          name,
          requestsPerS,
          eventsPerS,
          allRounds,
          ratioToPeer,
          connections,
          p50Us,
          p99Us,
          failures,
          cpuSPerMillion,
          rssBytes,
          bytesPerConnection,
          readyMs);
    }
  }

  private final IngestBenchConfig config;
  private final PrintWriter err;
  private final Stop stop;
  private final Path folder;
  private final Wrk wrk;
  private String bootstrapServers;

  private IngestBench(IngestBenchConfig config, PrintWriter err, Stop stop, Path folder)
      throws IOException, InterruptedException {
    this.config = config;
    this.err = err;
    this.stop = stop;
    this.folder = folder;
    this.wrk = new Wrk(folder);
  }

  /// @param out gets the table
  /// @param err gets a line now and then
  /// @param json where the report for machines goes; null for nowhere
  /// @param stopped whether the user wants no more of it
  /// @throws BenchException if something did not come through, or the user stopped it
  /// @throws IOException if the folder or the report cannot be written
  public static void run(
      IngestBenchConfig config,
      PrintWriter out,
      PrintWriter err,
      Path json,
      BooleanSupplier stopped)
      throws IOException, InterruptedException {
    List<Line> lines;
    try (BenchFolder folder = BenchFolder.create(config.data())) {
      lines = new IngestBench(config, err, new Stop(stopped), folder.path()).run();
    }
    Report<Line> report = Report.of(NAME, lines);
    print(report, out);
    report.write(json);
  }

  private List<Line> run() throws IOException, InterruptedException {
    try (ChildProcess broker = BrokerProcess.start(folder)) {
      bootstrapServers = broker.firstLine();
      try (Admin admin =
          Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
        BenchTopics topics = new BenchTopics(admin, PARTITIONS);
        topics.create(BenchTopics.OF_MILLRACE);
        List<Line> lines = new ArrayList<>(load(topics));
        lines.add(idle());
        if (config.starts() > 0) {
          StartBench.launcher()
              .ifPresentOrElse(
                  launcher -> lines.add(start(launcher)),
                  () -> say(START + " is left out: it needs the launcher"));
        }
        return lines;
      }
    }
  }

  private List<Line> load(BenchTopics topics) throws IOException, InterruptedException {
    Map<String, List<Line>> rounds = new LinkedHashMap<>();
    for (String name : List.of(SINGLE, BATCH, peer(SINGLE), peer(BATCH))) {
      rounds.put(name, new ArrayList<>());
    }
    for (int round = 1; round <= config.rounds(); round++) {
      for (String prefix : List.of("", EdgeProcess.JDK + "-")) {
        try (ChildProcess server =
            startEdge(prefix, config.connections(), HttpLimits.DEFAULT_MAX_IN_FLIGHT)) {
          int port = Integer.parseInt(server.firstLine());
          rounds
              .get(prefix + SINGLE)
              .add(measure(prefix + SINGLE, server, port, config.connections(), 1));
          rounds
              .get(prefix + BATCH)
              .add(measure(prefix + BATCH, server, port, BATCH_CONNECTIONS, EVENTS_PER_BATCH));
        }
        topics.empty();
      }
    }
    List<Line> lines = new ArrayList<>();
    rounds.forEach((name, all) -> {
      Line line = median(all);
      List<Line> peers = rounds.get(peer(name));
      lines.add(
          line.with(
              all.stream().map(Line::eventsPerS).toList(),
              peers == null ? null : line.eventsPerS() / median(peers).eventsPerS()));
    });
    return lines;
  }

  private static String peer(String name) {
    return EdgeProcess.JDK + "-" + name;
  }

  private ChildProcess startEdge(String prefix, int connections, long inFlight) {
    stop.pause(SETTLE_MS);
    boolean jdk = !prefix.isEmpty();
    return ChildProcess.start(
        jdk ? "the JDK's server" : "the edge",
        EdgeProcess.class,
        HEAP,
        folder.resolve("edge.log"),
        ProcessBuilder.Redirect.PIPE,
        jdk ? EdgeProcess.JDK : "millrace",
        bootstrapServers,
        Integer.toString(connections + SPARE_CONNECTIONS),
        Long.toString(inFlight));
  }

  private Line measure(String name, ChildProcess server, int port, int connections, int per)
      throws IOException, InterruptedException {
    Duration warmUp = Duration.ofSeconds(Math.max(1, config.duration().toSeconds() / 3));
    wrk.run(port, connections, per, warmUp);
    stop.check();
    Duration cpuBefore = server.cpu();
    Wrk.Result result = wrk.run(port, connections, per, config.duration());
    stop.check();
    Duration cpu = server.cpu().minus(cpuBefore);
    double events = (double) result.requests() * per;
    say(
        String.format(
            Locale.ROOT,
            "%s: %,.0f events/s, p99 %.1f ms%s",
            name,
            events / result.seconds(),
            result.p99Us() / 1e3,
            result.socketErrors().isEmpty() ? "" : "; socket errors: " + result.socketErrors()));
    return new Line(
        name,
        result.requests() / result.seconds(),
        events / result.seconds(),
        List.of(),
        null,
        connections,
        result.p50Us(),
        result.p99Us(),
        result.failures(),
        cpu.toMillis() * 1_000.0 / events,
        boxed(server.residentBytes()),
        null,
        null);
  }

  private Line idle() throws IOException {
    // So many connections take their part of the heap: less is left for bodies.
    try (ChildProcess server =
            startEdge("", config.idleConnections(), HttpLimits.DEFAULT_MAX_IN_FLIGHT / 2);
        IdleConnections connections = new IdleConnections(Integer.parseInt(server.firstLine()))) {
      // What is loaded at the first use is no connection's.
      connections.open(Math.min(100, config.idleConnections()), stop);
      double unused = connections.medianUs(REQUESTS_BESIDE);
      OptionalLong before = server.residentBytes();
      connections.open(config.idleConnections(), stop);
      double beside = connections.medianUs(REQUESTS_BESIDE);
      OptionalLong after = server.residentBytes();
      say(
          String.format(
              Locale.ROOT,
              "%s: %,d, a request beside them %.1f ms, with 100 %.1f ms",
              IDLE,
              config.idleConnections(),
              beside / 1e3,
              unused / 1e3));
      Long each =
          before.isEmpty() || after.isEmpty()
              ? null
              : (after.getAsLong() - before.getAsLong()) / config.idleConnections();
      return new Line(
          IDLE,
          null,
          null,
          null,
          null,
          config.idleConnections(),
          beside,
          null,
          null,
          null,
          boxed(after),
          each,
          null);
    }
  }

  /// The command itself, as the launcher runs it.
  private Line start(Path launcher) {
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < config.starts(); i++) {
      stop.check();
      int port = LaunchedCommand.freePort();
      List<String> command =
          List.of(NAME, "--port=" + port, "--bootstrap-server=" + bootstrapServers);
      try (LaunchedCommand edge =
          LaunchedCommand.start(launcher, "", folder.resolve("start.log"), stop, command)) {
        millis.add(edge.awaitReady(() -> LaunchedCommand.isReady(port)));
      }
    }
    millis.sort(Comparator.naturalOrder());
    double median = millis.get(millis.size() / 2);
    say(String.format(Locale.ROOT, "%s: ready after %.0f ms", START, median));
    return new Line(
        START, null, null, null, null, null, null, null, null, null, null, null, median);
  }

  private static Long boxed(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  private static Line median(List<Line> lines) {
    return lines.stream()
        .sorted(Comparator.comparingDouble(Line::eventsPerS))
        .toList()
        .get(lines.size() / 2);
  }

  private static void print(Report<Line> report, PrintWriter out) {
    out.println(report.bench() + " on " + report.machine());
    out.printf(
        "%-18s %12s %12s %7s %6s %8s %8s %8s %8s %9s %9s%n",
        "",
        "requests/s",
        "events/s",
        "ratio",
        "conns",
        "p50 ms",
        "p99 ms",
        "failed",
        "CPU s/M",
        "RSS MiB",
        "B/conn");
    for (Line line : report.results()) {
      if (line.readyMs() != null) {
        out.printf(Locale.ROOT, "%-18s ready after %.0f ms%n", line.name(), line.readyMs());
        continue;
      }
      out.printf(
          "%-18s %12s %12s %7s %6d %8s %8s %8s %8s %9s %9s%n",
          line.name(),
          cell("%,.0f", line.requestsPerS()),
          cell("%,.0f", line.eventsPerS()),
          cell("%.2f", line.ratio()),
          line.connections(),
          cell("%.1f", line.p50Us() == null ? null : line.p50Us() / 1e3),
          cell("%.1f", line.p99Us() == null ? null : line.p99Us() / 1e3),
          cell("%d", line.failures()),
          cell("%.2f", line.cpuSPerMillion()),
          cell("%d", line.rssBytes() == null ? null : line.rssBytes() >> 20),
          cell("%,d", line.bytesPerConnection()));
    }
    out.println(
        "Each request is answered after acks=all, of several rounds the median; ratio: to the"
            + " JDK's HTTP server on virtual threads with the same work; client: wrk.");
    out.flush();
  }

  private static String cell(String format, Object value) {
    return value == null ? "-" : String.format(Locale.ROOT, format, value);
  }

  private void say(String sentence) {
    err.println(sentence);
    err.flush();
  }
}
