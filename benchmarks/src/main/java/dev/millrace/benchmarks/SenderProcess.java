package dev.millrace.benchmarks;

import dev.millrace.events.LedgerTotals;
import dev.millrace.events.Topics;
import dev.millrace.loadgen.EndToEnd;
import dev.millrace.loadgen.EventGenerator;
import dev.millrace.loadgen.Load;
import dev.millrace.loadgen.LoadRunner;
import dev.millrace.loadgen.Phase;
import dev.millrace.loadgen.RunConfig;
import dev.millrace.loadgen.RunFolder;
import dev.millrace.loadgen.RunSummary;
import dev.millrace.loadgen.Scenario;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.tools.ProducerPerformance;

/// One that sends, in a process of its own: says what it did in one line, and stays until its input
/// ends, so that it can be asked for its CPU time.
final class SenderProcess {
  private static final Duration LONGEST = Duration.ofMinutes(30);

  /// What the load generator has by default, for the other one too.
  private static final List<String> SETTINGS =
      List.of(
          "acks=all",
          "compression.type=lz4",
          "linger.ms=10",
          "batch.size=262144",
          "buffer.memory=16777216",
          "max.request.size=2097152");

  private static final Pattern TOTAL =
      Pattern.compile("(\\d+) records sent, ([\\d.]+) records/sec.* ([\\d.]+) ms 99th");

  private SenderProcess() {}

  /// What a sender says of itself.
  ///
  /// @param ackP99Us 99th percentile until acknowledged, microseconds; -1 if unknown
  /// @param latenessP99Us 99th percentile from due to handed over, microseconds
  record Result(
      long events,
      double eventsPerS,
      long recordBytes,
      long ackP99Us,
      long latenessP99Us,
      boolean valid) {
    String line() {
      return String.format(
          Locale.ROOT,
          "%d %.1f %d %d %d %b",
          events,
          eventsPerS,
          recordBytes,
          ackP99Us,
          latenessP99Us,
          valid);
    }

    static Result parse(String line) {
      String[] words = line.split(" ", -1);
      return new Result(
          Long.parseLong(words[0]),
          Double.parseDouble(words[1]),
          Long.parseLong(words[2]),
          Long.parseLong(words[3]),
          Long.parseLong(words[4]),
          Boolean.parseBoolean(words[5]));
    }
  }

  /// Arguments: who, Kafka's address, events, events a second, seconds if there is such a rate, and
  /// a folder.
  public static void main(String[] args) {
    PrintStream out = System.out;
    ChildInput.run(end -> {
      long events = Long.parseLong(args[2]);
      double rate = Double.parseDouble(args[3]);
      Result result =
          args[0].equals("producer")
              ? producer(args[1], events)
              : loadgen(args[1], events, rate, Double.parseDouble(args[4]), Path.of(args[5]));
      out.println(result.line());
      out.flush();
      while (!end.await(Long.MAX_VALUE)) {}
    });
  }

  private static Result loadgen(
      String bootstrapServers, long events, double rate, double seconds, Path folder)
      throws IOException {
    boolean paced = Double.isFinite(rate);
    Duration duration = paced ? Duration.ofMillis((long) (seconds * 1_000)) : LONGEST;
    Load load =
        paced ? Load.constant(rate, duration) : new Load(List.of(new Phase.Max(duration)), false);
    RunFolder run = new RunFolder(folder);
    run.make();
    LoadRunner runner =
        new LoadRunner(
            new RunConfig(
                Scenario.steady().with(load),
                bootstrapServers,
                Map.of(),
                Optional.empty(),
                run.ledger(),
                Optional.of(run),
                paced ? RunConfig.defaultWarmUp(duration) : Duration.ZERO,
                EndToEnd.NONE,
                RunConfig.Share.ALL,
                OptionalLong.empty(),
                paced ? OptionalLong.empty() : OptionalLong.of(events),
                List.of(),
                ""));
    LedgerTotals totals = runner.run();
    RunSummary summary = runner.summary().orElseThrow();
    if (totals.acknowledged() != totals.sent()) {
      throw new IllegalStateException("not all was acknowledged: " + totals);
    }
    return new Result(
        totals.sent(),
        totals.acknowledged() / summary.durationS(),
        recordBytes(),
        summary.latencyUs().ack().p99(),
        summary.latencyUs().lateness().p99(),
        summary.valid());
  }

  /// Mean size of the events that the load generator makes by default.
  private static long recordBytes() {
    EventGenerator generator = new EventGenerator(Scenario.steady(), System.currentTimeMillis());
    int sample = 10_000;
    long bytes = 0;
    for (int i = 0; i < sample; i++) {
      bytes += generator.next(i, 0).length;
    }
    return Math.round((double) bytes / sample);
  }

  private static Result producer(String bootstrapServers, long events) throws Exception {
    long bytes = recordBytes();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    String[] args = {
      "--topic",
      Topics.REQUESTS,
      "--num-records",
      Long.toString(events),
      "--record-size",
      Long.toString(bytes),
      "--throughput",
      "-1",
      "--producer-props",
      "bootstrap.servers=" + bootstrapServers
    };
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(SETTINGS);
    ProducerPerformance.main(all.toArray(String[]::new));
    Result result = null;
    Matcher totals = TOTAL.matcher(said.toString(StandardCharsets.UTF_8));
    while (totals.find()) {
      result =
          new Result(
              events,
              Double.parseDouble(totals.group(2)),
              bytes,
              (long) (Double.parseDouble(totals.group(3)) * 1_000),
              0,
              true);
    }
    if (result == null) {
      throw new IllegalStateException("it said no total: " + said.toString(StandardCharsets.UTF_8));
    }
    return result;
  }
}
