package dev.millrace.sink;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// What Prometheus may ask: the windows written since the start, as counters that only grow and
/// native histograms, and the sink's own counts.
///
/// Counted are final one-second rows of single routes: whoever wants services or everything adds
/// up, as Prometheus does. Of a row that comes again in a higher revision, what is new is added.
///
/// Thread-safe: the sink's thread adds, an HTTP server's threads ask.
public final class WindowMetrics {
  /// How many series get counters of their own. A hundred times as much text as this is 10 MB.
  public static final int DEFAULT_MAX_SERIES = 1_000;

  /// Counts what all other series did.
  public static final Series OTHER = new Series("(other)", "(other)");

  /// Of a thousand series, the last 50 seconds.
  private static final int WINDOWS_REMEMBERED = 50_000;

  private final int maxSeries;
  private final Map<Series, CountedSeries> series = new HashMap<>();
  private final CountedWindows windows = new CountedWindows(WINDOWS_REMEMBERED);
  private final WindowDelays delays = new WindowDelays();
  private long newestEndMs;
  private long skipped;

  /// Counts for up to [#DEFAULT_MAX_SERIES] series.
  public WindowMetrics() {
    this(DEFAULT_MAX_SERIES);
  }

  /// @param maxSeries how many series get counters of their own
  public WindowMetrics(int maxSeries) {
    if (maxSeries < 0) {
      throw new IllegalArgumentException("maxSeries " + maxSeries + ": must not be negative");
    }
    this.maxSeries = maxSeries;
  }

  /// Counts rows that were written; those of other kinds are passed over.
  public synchronized void add(List<WindowSummary> rows) {
    List<WindowSummary> counted =
        rows.stream()
            .filter(row -> row.isFinal() && row.windowSizeMs() == WindowSize.SECOND.ms())
            .toList();
    counted.forEach(
        row -> newestEndMs = Math.max(newestEndMs, row.windowStart() + row.windowSizeMs()));
    long now = System.currentTimeMillis();
    counted.forEach(row -> delays.add(row, now));
    List<WindowSummary> routes = counted.stream().filter(row -> !row.series().isRollup()).toList();
    admit(routes);
    for (WindowSummary row : routes) {
      windows
          .newIn(row)
          .ifPresentOrElse(counts -> counters(name(row)).add(counts), () -> skipped++);
    }
  }

  /// Of more new series than there is room for, the busiest get in. Who is in stays in: a counter
  /// that moved to another name would be a fall and a jump.
  private void admit(List<WindowSummary> routes) {
    Map<Series, Long> fresh =
        routes.stream()
            .filter(row -> !series.containsKey(name(row)))
            .collect(
                Collectors.groupingBy(
                    WindowMetrics::name, Collectors.summingLong(WindowSummary::requests)));
    fresh.entrySet().stream()
        .sorted(
            Map.Entry.<Series, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(entry -> entry.getKey().key()))
        .limit(Math.max(0, maxSeries - ownSeries()))
        .forEach(
            entry -> series.put(entry.getKey(), new CountedSeries(System.currentTimeMillis())));
  }

  private int ownSeries() {
    return series.size() - (series.containsKey(OTHER) ? 1 : 0);
  }

  private CountedSeries counters(Series name) {
    CountedSeries own = series.get(name);
    return own != null
        ? own
        : series.computeIfAbsent(OTHER, _ -> new CountedSeries(System.currentTimeMillis()));
  }

  /// A label is UTF-8. Half a surrogate pair, which JSON can bring, is not: it becomes `?`, so that
  /// two names that look alike to Prometheus are one.
  private static Series name(WindowSummary row) {
    return new Series(utf8(row.service()), utf8(row.route()));
  }

  private static String utf8(String name) {
    return name.chars().noneMatch(c -> Character.isSurrogate((char) c))
        ? name
        : new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /// All metrics of now.
  ///
  /// @param sink the sink's own counts
  synchronized MetricSnapshots snapshots(SinkMetrics sink) {
    Set<Map.Entry<Series, CountedSeries>> all = series.entrySet();
    return new MetricFamilies()
        .series(all)
        .newestWindow(newestEndMs)
        .delays(delays)
        .sink(sink, skipped)
        .snapshots();
  }
}
