package dev.millrace.loadgen;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;

/// Makes one run of those of several workers that shared it: histograms are added, second by second
/// and as a whole, so that percentiles are those of all events together; lines of ledgers are put
/// together as they are, which loses nothing.
public final class RunMerger {
  private final RunConfig config;
  private final List<RunFolder> workers;
  private final Map<String, TreeMap<Long, Histogram>> intervals = new TreeMap<>();
  private final List<RunSummary> summaries = new ArrayList<>();

  private RunMerger(RunConfig config, List<RunFolder> workers) {
    this.config = config;
    this.workers = List.copyOf(workers);
  }

  /// @param config of the whole
  /// @param workers folders of the workers, each of a run that came to its end
  /// @return the whole, as it was written to the folder of the whole
  /// @throws IOException if something cannot be read or written
  public static RunSummary merge(RunConfig config, List<RunFolder> workers) throws IOException {
    return new RunMerger(config, workers).merge();
  }

  private RunSummary merge() throws IOException {
    TreeMap<Long, List<RunSecond>> seconds = new TreeMap<>();
    long startMs = config.startMs().orElseThrow();
    for (RunFolder worker : workers) {
      summaries.add(
          RunSummary.JSON.decode(Files.readAllBytes(worker.path().resolve(RunSummary.FILE))));
      readIntervals(worker.path().resolve(LatencyLog.FILE), startMs);
      for (String line :
          Files.readAllLines(worker.path().resolve(RunSecond.FILE), StandardCharsets.UTF_8)) {
        RunSecond second = RunSecond.JSON.decode(line.getBytes(StandardCharsets.UTF_8));
        seconds.computeIfAbsent(second.second(), at -> new ArrayList<>()).add(second);
      }
    }
    RunFolder folder = config.folder().orElseThrow();
    writeIntervals(folder, startMs);
    List<RunSecond> merged = seconds.values().stream().map(this::merged).toList();
    try (OutputStream out = new BufferedOutputStream(folder.series())) {
      for (RunSecond second : merged) {
        out.write(RunSecond.JSON.encode(second));
        out.write('\n');
      }
    }
    mergeLedgers();
    RunSummary summary = summary(startMs, merged);
    folder.write(summary);
    return summary;
  }

  private void readIntervals(Path file, long startMs) throws IOException {
    try (HistogramLogReader log = new HistogramLogReader(file.toFile())) {
      while (log.hasNext()) {
        Histogram interval = (Histogram) log.nextIntervalHistogram();
        if (interval == null) {
          // Comments only: it ended before its first second.
          return;
        }
        long second = Math.round((interval.getStartTimeStamp() - startMs) / 1e3);
        intervals
            .computeIfAbsent(interval.getTag(), tag -> new TreeMap<>())
            .computeIfAbsent(second, at -> LatencyRecorder.empty())
            .add(interval);
      }
    }
  }

  private void writeIntervals(RunFolder folder, long startMs) throws IOException {
    TreeMap<Long, List<Histogram>> bySecond = new TreeMap<>();
    intervals.forEach((tag, seconds) ->
        seconds.forEach((second, interval) -> {
          interval.setTag(tag);
          bySecond.computeIfAbsent(second, at -> new ArrayList<>()).add(interval);
        }));
    try (LatencyLog log = folder.latencyLog(startMs)) {
      for (Map.Entry<Long, List<Histogram>> second : bySecond.entrySet()) {
        for (Histogram interval : second.getValue()) {
          log.write(second.getKey(), second.getKey() + 1.0, interval);
        }
      }
    }
  }

  private Histogram interval(String tag, long second) {
    return intervals.getOrDefault(tag, new TreeMap<>()).getOrDefault(second, new Histogram(3));
  }

  private RunSecond merged(List<RunSecond> parts) {
    RunSecond sum = RunSecond.sum(parts);
    Histogram ack = interval("ack", sum.second());
    Histogram lateness = interval("lateness", sum.second());
    return sum.withPercentiles(
        LatencyRecorder.percentile(ack, 50),
        LatencyRecorder.percentile(ack, 99),
        LatencyRecorder.percentile(lateness, 99));
  }

  private void mergeLedgers() throws IOException {
    List<LedgerEntry> entries = new ArrayList<>();
    LedgerTotals totals = new LedgerTotals(0, 0, 0, 0);
    for (RunFolder worker : workers) {
      LedgerFile ledger = LedgerFile.read(worker.ledger());
      entries.addAll(ledger.entries());
      totals =
          totals.plus(
              ledger
                  .totals()
                  .orElseThrow(() -> new IOException(worker.ledger() + " has no totals")));
    }
    entries.sort(Comparator.comparingLong(LedgerEntry::second));
    try (LedgerFile.Writer out = LedgerFile.create(config.ledger())) {
      for (LedgerEntry entry : entries) {
        out.write(entry);
      }
      out.write(totals);
    }
  }

  private RunSummary summary(long startMs, List<RunSecond> seconds) {
    RunSummary first = summaries.getFirst();
    return Summaries.of(
        config,
        startMs,
        summaries.stream().mapToDouble(RunSummary::durationS).max().orElse(0),
        // From then on, not all sent.
        summaries.stream().mapToDouble(RunSummary::sendingS).min().orElse(0),
        summaries.stream()
            .map(RunSummary::totals)
            .map(part ->
                new LedgerTotals(
                    part.sent(),
                    part.acknowledged(),
                    part.rejected(),
                    part.failed(),
                    part.unknown()))
            .reduce(LedgerTotals::plus)
            .orElseThrow(),
        new RunSummary.Rate(
            first.rate().targetPerS() == null
                ? null
                : summaries.stream().mapToDouble(one -> one.rate().targetPerS()).sum(),
            summaries.stream().mapToDouble(one -> one.rate().sentPerS()).sum(),
            summaries.stream().mapToDouble(one -> one.rate().acknowledgedPerS()).sum()),
        new RunSummary.Latencies(
            measured("ack"),
            measured("lateness"),
            first.latencyUs().e2e() == null ? null : measured("e2e")),
        causes(seconds));
  }

  private RunSummary.Latency measured(String tag) {
    Histogram whole = LatencyRecorder.empty();
    intervals
        .getOrDefault(tag, new TreeMap<>())
        .tailMap(config.warmUp().toSeconds())
        .values()
        .forEach(whole::add);
    return LatencyRecorder.figures(whole);
  }

  private List<String> causes(List<RunSecond> seconds) {
    // The last one is of settling, and shorter.
    double cpu =
        seconds.stream()
            .filter(second -> !second.warmUp() && second.sent() > 0)
            .mapToDouble(RunSecond::cpu)
            .average()
            .orElse(0);
    Stream<String> ofWorkers =
        Stream.iterate(0, i -> i < summaries.size(), i -> i + 1)
            .flatMap(
                i -> summaries.get(i).causes().stream().map(cause -> "Worker " + i + ": " + cause));
    return Stream.concat(ofWorkers, OwnBottleneck.ofCpu(cpu).stream()).toList();
  }
}
