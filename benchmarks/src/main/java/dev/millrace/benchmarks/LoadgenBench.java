package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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

/// How many events a second the load generator sends, beside Kafka's own ProducerPerformance with
/// the same settings and the same size of record, in turn, each in a process of its own on one
/// broker in another; and how well it keeps a schedule.
public final class LoadgenBench {
  private static final String NAME = "loadgen";
  private static final String MILLRACE = "millrace-loadgen";
  private static final String PRODUCER = "producer-performance";
  private static final String PACING = "millrace-loadgen-paced";
  private static final int PARTITIONS = 4;

  /// For all alike.
  private static final List<String> HEAP = List.of("-Xmx1g");

  private static final long SETTLE_MS = 1_000;

  /// A line of the report; what was not measured is null.
  ///
  /// @param name who
  /// @param eventsPerS from the first record sent to the last one acknowledged, the median round
  /// @param rounds the same of each round
  /// @param ratio to that of producer-performance
  /// @param recordBytes mean size of a record
  /// @param cpuSPerMillion CPU time of the process, seconds for a million events, start included
  /// @param peakRssBytes the most memory the process had
  /// @param ackP99Us 99th percentile from due, or sent, to acknowledged
  /// @param latenessP99Us 99th percentile from due to handed over
  /// @param valid whether the generator held itself for the bottleneck
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Line(
      @JsonProperty("name") String name,
      @JsonProperty("events_per_s") double eventsPerS,
      @JsonProperty("rounds") List<Double> rounds,
      @JsonProperty("ratio") Double ratio,
      @JsonProperty("record_bytes") long recordBytes,
      @JsonProperty("cpu_s_per_million") double cpuSPerMillion,
      @JsonProperty("peak_rss_bytes") Long peakRssBytes,
      @JsonProperty("ack_p99_us") Long ackP99Us,
      @JsonProperty("lateness_p99_us") Long latenessP99Us,
      @JsonProperty("valid") Boolean valid) {}

  private final LoadgenBenchConfig config;
  private final PrintWriter err;
  private final Stop stop;
  private final Path folder;
  private String bootstrapServers;

  private LoadgenBench(LoadgenBenchConfig config, PrintWriter err, Stop stop, Path folder) {
    this.config = config;
    this.err = err;
    this.stop = stop;
    this.folder = folder;
  }

  /// @param out gets the table
  /// @param err gets a line now and then
  /// @param json where the report for machines goes; null for nowhere
  /// @param stopped whether the user wants no more of it
  /// @throws BenchException if somebody did not come through, or the user stopped it
  /// @throws IOException if the folder or the report cannot be written
  public static void run(
      LoadgenBenchConfig config,
      PrintWriter out,
      PrintWriter err,
      Path json,
      BooleanSupplier stopped)
      throws IOException, InterruptedException {
    List<Line> lines;
    try (BenchFolder folder = BenchFolder.create(config.data())) {
      lines = new LoadgenBench(config, err, new Stop(stopped), folder.path()).run();
    }
    Report<Line> report = Report.of(NAME, lines);
    print(report, out);
    report.write(json);
  }

  private List<Line> run() throws IOException, InterruptedException {
    try (ChildProcess broker = BrokerProcess.start(folder)) {
      bootstrapServers = broker.firstLine();
      Map<String, List<Line>> rounds = new LinkedHashMap<>();
      try (Admin admin =
          Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
        BenchTopics topics = new BenchTopics(admin, PARTITIONS);
        topics.create(BenchTopics.OF_MILLRACE);
        for (int round = 1; round <= config.rounds(); round++) {
          for (String name : List.of(MILLRACE, PRODUCER)) {
            stop.pause(SETTLE_MS);
            rounds.computeIfAbsent(name, first -> new ArrayList<>()).add(measure(name, round));
            topics.empty();
          }
        }
        stop.pause(SETTLE_MS);
        rounds.put(PACING, List.of(measure(PACING, 1)));
      }
      return lines(rounds);
    }
  }

  private Line measure(String name, int round) {
    Path log = folder.resolve(name + "-" + round + ".log");
    double rate = name.equals(PACING) ? config.pacedPerS() : Double.POSITIVE_INFINITY;
    try (ChildProcess child =
        ChildProcess.start(
            name,
            SenderProcess.class,
            HEAP,
            log,
            ProcessBuilder.Redirect.PIPE,
            name.equals(PRODUCER) ? "producer" : "loadgen",
            bootstrapServers,
            Long.toString(config.events()),
            Double.toString(rate),
            Double.toString(config.pacedSeconds()),
            folder.resolve(name + "-" + round).toString())) {
      SenderProcess.Result result = SenderProcess.Result.parse(child.firstLine());
      OptionalLong peak = child.peakResidentBytes();
      say(String.format(Locale.ROOT, "%s: round %d, %,.0f/s", name, round, result.eventsPerS()));
      return new Line(
          name,
          result.eventsPerS(),
          List.of(),
          null,
          result.recordBytes(),
          child.cpu().toMillis() * 1_000.0 / result.events(),
          peak.isPresent() ? peak.getAsLong() : null,
          result.ackP99Us() < 0 ? null : result.ackP99Us(),
          name.equals(PACING) ? result.latenessP99Us() : null,
          name.equals(PACING) ? result.valid() : null);
    }
  }

  private static List<Line> lines(Map<String, List<Line>> rounds) {
    double other = median(rounds.get(PRODUCER)).eventsPerS();
    return rounds.values().stream()
        .map(all -> {
          Line line = median(all);
          return new Line(
              line.name(),
              line.eventsPerS(),
              all.stream().map(Line::eventsPerS).toList(),
              line.name().equals(MILLRACE) ? line.eventsPerS() / other : null,
              line.recordBytes(),
              line.cpuSPerMillion(),
              line.peakRssBytes(),
              line.ackP99Us(),
              line.latenessP99Us(),
              line.valid());
        })
        .toList();
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
        "%-24s %12s %8s %8s %10s %10s %14s%n",
        "", "events/s", "ratio", "bytes", "CPU s/M", "peak MiB", "late p99 µs");
    for (Line line : report.results()) {
      out.printf(
          Locale.ROOT,
          "%-24s %,12.0f %8s %8d %10.2f %10s %14s%n",
          line.name(),
          line.eventsPerS(),
          line.ratio() == null ? "-" : String.format(Locale.ROOT, "%.2f", line.ratio()),
          line.recordBytes(),
          line.cpuSPerMillion(),
          line.peakRssBytes() == null ? "-" : Long.toString(line.peakRssBytes() >> 20),
          line.latenessP99Us() == null ? "-" : line.latenessP99Us().toString());
    }
    out.println(
        "events/s: from the first one sent to the last one acknowledged, JIT compiling included;"
            + " of several rounds the median.");
    out.flush();
  }

  private void say(String sentence) {
    err.println(sentence);
    err.flush();
  }
}
