package dev.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.broker.BrokerConfig;
import dev.millrace.broker.EmbeddedBroker;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.Topics;
import dev.millrace.events.WindowSummary;
import dev.millrace.loadgen.LoadRunner;
import dev.millrace.loadgen.RunConfig;
import dev.millrace.loadgen.Scenario;
import dev.millrace.processor.ProcessorConfig;
import dev.millrace.processor.ProcessorRunner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/// How soon a window can be read: the time from its end, by the clock, to its rows on `windows.1s`
/// as a reader of committed records gets them. Broker, load generator, processor and reader are in
/// this process.
public final class FreshnessBench {
  private static final int PARTITIONS = 4;

  /// Windows of the first seconds are made by code that is not compiled yet, and are left out.
  private static final Duration WARM_UP = Duration.ofSeconds(10);

  private static final Duration POLL = Duration.ofMillis(100);

  record Line(
      @JsonProperty("name") String name,
      @JsonProperty("events_per_s") double eventsPerS,
      @JsonProperty("rows") long rows,
      @JsonProperty("p50_ms") long p50Ms,
      @JsonProperty("p90_ms") long p90Ms,
      @JsonProperty("p99_ms") long p99Ms,
      @JsonProperty("max_ms") long maxMs) {}

  private FreshnessBench() {}

  /// @param eventsPerS the load
  /// @param duration of the load, the warm-up of 10 s not counted
  /// @param json where the report for machines goes; null for nowhere
  /// @param stop asked now and then whether to end early
  /// @throws IOException if data or report cannot be written
  public static void run(
      double eventsPerS, Duration duration, PrintWriter out, Path json, BooleanSupplier stop)
      throws IOException, InterruptedException {
    try (BenchFolder folder = BenchFolder.create(Path.of(System.getProperty("java.io.tmpdir")));
        EmbeddedBroker broker =
            EmbeddedBroker.start(
                new BrokerConfig(
                    folder.path().resolve("broker"),
                    BrokerConfig.ANY_PORT,
                    BrokerConfig.DEFAULT_HOST,
                    Map.of()));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      new BenchTopics(admin, PARTITIONS).create(BenchTopics.OF_MILLRACE);
      ProcessorConfig config =
          ProcessorConfig.of(broker.bootstrapServers(), folder.path().resolve("processor"));
      try (ProcessorRunner processor = new ProcessorRunner(config)) {
        processor.start();
        long[] delays =
            measure(broker.bootstrapServers(), folder.path(), eventsPerS, duration, stop);
        Report<Line> report = Report.of("freshness", List.of(line(eventsPerS, delays)));
        print(report, config, out);
        report.write(json);
      }
    }
  }

  private static long[] measure(
      String bootstrapServers,
      Path folder,
      double eventsPerS,
      Duration duration,
      BooleanSupplier stop)
      throws InterruptedException {
    Scenario load =
        Scenario.steady(
            eventsPerS,
            duration.plus(WARM_UP),
            Scenario.DEFAULT_SERVICES,
            Scenario.DEFAULT_ROUTES,
            Scenario.DEFAULT_SEED);
    LoadRunner source =
        new LoadRunner(
            RunConfig.of(
                load,
                bootstrapServers,
                Map.of(),
                Optional.empty(),
                folder.resolve("ledger.ndjson")));
    Thread sender = Thread.ofPlatform().name("load").start(() -> run(source));
    LongStream.Builder delays = LongStream.builder();
    long from = System.currentTimeMillis() + WARM_UP.toMillis();
    try (KafkaConsumer<byte[], byte[]> reader =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          reader.partitionsFor(Topics.WINDOWS_1S).stream()
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      reader.assign(partitions);
      reader.seekToBeginning(partitions);
      // The last window closes by idleness, which is another thing than freshness.
      while (sender.isAlive() && !stop.getAsBoolean()) {
        for (ConsumerRecord<byte[], byte[]> row : reader.poll(POLL)) {
          long now = System.currentTimeMillis();
          WindowSummary summary = JsonRecords.WINDOWS.decode(row.value());
          if (summary.windowStart() >= from && summary.revision() == 0) {
            delays.add(now - summary.windowStart() - summary.windowSizeMs());
          }
        }
      }
    } catch (IOException e) {
      throw new BenchException("windows.1s holds what is no row", e);
    } finally {
      source.stop();
      sender.join();
    }
    return delays.build().sorted().toArray();
  }

  private static void run(LoadRunner source) {
    try {
      source.run();
    } catch (IOException e) {
      throw new BenchException("the load broke off: " + e.getMessage(), e);
    }
  }

  private static Line line(double eventsPerS, long[] sorted) {
    return new Line(
        "millrace-eos",
        eventsPerS,
        sorted.length,
        percentile(sorted, 0.5),
        percentile(sorted, 0.9),
        percentile(sorted, 0.99),
        Arrays.stream(sorted).max().orElse(-1));
  }

  private static long percentile(long[] sorted, double quantile) {
    return sorted.length == 0 ? -1 : sorted[(int) Math.ceil(quantile * sorted.length) - 1];
  }

  private static void print(Report<Line> report, ProcessorConfig config, PrintWriter out) {
    out.println(report.bench() + " on " + report.machine());
    out.println("milliseconds from the end of a window to its row, warm-up left out");
    out.printf("%14s %10s %8s %8s %8s %8s%n", "events/s", "rows", "p50", "p90", "p99", "max");
    for (Line line : report.results()) {
      out.printf(
          Locale.ROOT,
          "%,14.0f %,10d %,8d %,8d %,8d %,8d%n",
          line.eventsPerS(),
          line.rows(),
          line.p50Ms(),
          line.p90Ms(),
          line.p99Ms(),
          line.maxMs());
    }
    out.println("of these, --out-of-orderness: " + config.windowing().outOfOrderness().toMillis());
    out.flush();
  }
}
