package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.DurationStats;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import dev.millrace.telemetry.Exposition;
import io.prometheus.metrics.expositionformats.generated.Metrics;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

// The canonical name has the version of protobuf in it.
@SuppressWarnings("NonCanonicalType")
class WindowMetricsTest {
  /// What Prometheus 3 sends when native histograms are on.
  private static final String PROTOBUF =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
          + "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1";

  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final WindowMetrics metrics = new WindowMetrics();

  /// A line of the text format: name and labels, read back.
  private record Sample(String name, Map<String, String> labels) {
    static Sample of(String name, Series series) {
      return new Sample(name, Map.of("service", series.service(), "route", series.route()));
    }

    static Sample of(String name) {
      return new Sample(name, Map.of());
    }
  }

  private Map<Sample, Double> text() {
    Exposition exposition = Exposition.of("text/plain", metrics.snapshots(SinkMetrics.NONE));
    assertTrue(exposition.contentType().startsWith("text/plain"), exposition.contentType());
    return parse(new String(exposition.body(), StandardCharsets.UTF_8));
  }

  private static Map<Sample, Double> parse(String text) {
    Map<Sample, Double> samples = new HashMap<>();
    text.lines()
        .filter(line -> !line.startsWith("#"))
        .forEach(line -> {
          int value = line.lastIndexOf(' ');
          int open = line.indexOf('{');
          Map<String, String> labels = new HashMap<>();
          if (open >= 0) {
            Matcher label = LABEL.matcher(line.substring(open, value));
            while (label.find()) {
              labels.put(
                  label.group(1),
                  label.group(2).replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\"));
            }
          }
          String name = line.substring(0, open >= 0 ? open : value);
          Double before =
              samples.put(new Sample(name, labels), Double.valueOf(line.substring(value + 1)));
          assertEquals(null, before, "twice: " + line);
        });
    return samples;
  }

  private Map<String, Metrics.MetricFamily> protobuf() throws IOException {
    Exposition exposition = Exposition.of(PROTOBUF, metrics.snapshots(SinkMetrics.NONE));
    assertTrue(
        exposition.contentType().startsWith("application/vnd.google.protobuf"),
        exposition.contentType());
    Map<String, Metrics.MetricFamily> families = new HashMap<>();
    ByteArrayInputStream in = new ByteArrayInputStream(exposition.body());
    while (in.available() > 0) {
      Metrics.MetricFamily family = Metrics.MetricFamily.parseDelimitedFrom(in);
      families.put(family.getName(), family);
    }
    return families;
  }

  private static List<RequestEvent> events(Series series, int count, long seed) {
    Random random = new Random(seed);
    List<RequestEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(
          Traffic.event(
              Traffic.START,
              series,
              random.nextInt(2, 6) * 100,
              (long) Math.exp(random.nextDouble(0, 16)),
              random.nextInt(10_000)));
    }
    return events;
  }

  private static WindowSummary revised(WindowSummary row, int revision, boolean isFinal) {
    return new WindowSummary(
        row.windowStart(),
        row.windowSizeMs(),
        row.service(),
        row.route(),
        row.requests(),
        row.errors(),
        row.clientErrors(),
        row.bytes(),
        row.ratePerS(),
        row.durationUs(),
        row.histogram(),
        0,
        revision,
        isFinal);
  }

  @Test
  void countersAddUpWhatTheRowsOfRoutesSay() {
    Traffic traffic = Traffic.random(new Random(1), 5_000);
    metrics.add(traffic.rows());
    Map<Sample, Double> samples = text();
    Map<Series, List<RequestEvent>> bySeries = new HashMap<>();
    traffic
        .events()
        .forEach(
            event -> bySeries.computeIfAbsent(event.series(), _ -> new ArrayList<>()).add(event));
    bySeries.forEach((series, of) -> {
      assertEquals(of.size(), samples.get(Sample.of("millrace_requests_total", series)));
      assertEquals(
          of.stream().filter(RequestEvent::isError).count(),
          samples.get(Sample.of("millrace_request_errors_total", series)));
      assertEquals(
          of.stream().filter(RequestEvent::isClientError).count(),
          samples.get(Sample.of("millrace_request_client_errors_total", series)));
      assertEquals(
          of.stream().mapToLong(RequestEvent::bytes).sum(),
          samples.get(Sample.of("millrace_response_bytes_total", series)));
      assertEquals(
          of.stream().filter(event -> event.durationUs().isPresent()).count(),
          samples.get(Sample.of("millrace_request_duration_seconds_count", series)));
      assertEquals(
          of.stream().mapToLong(event -> event.durationUs().orElse(0)).sum() / 1e6,
          samples.get(Sample.of("millrace_request_duration_seconds_sum", series)),
          1e-6);
    });
    assertEquals(
        bySeries.size(),
        samples.keySet().stream().filter(s -> s.name().equals("millrace_requests_total")).count());
  }

  @Test
  void rowsOfLongerWindowsRollupsAndOpenWindowsAreNotCounted() {
    WindowSummary row = Traffic.row(Traffic.START, "a|/", events(new Series("a", "/"), 9, 1));
    metrics.add(
        List.of(
            revised(row, 0, false),
            Traffic.row(Traffic.START, "a|*", events(new Series("a", "/"), 9, 1)),
            new WindowSummary(
                Traffic.START,
                WindowSize.MINUTE.ms(),
                "a",
                "/",
                9,
                0,
                0,
                0,
                1,
                null,
                null,
                0,
                0,
                true)));
    assertFalse(text().keySet().stream().anyMatch(s -> s.name().equals("millrace_requests_total")));
  }

  @Test
  void aRevisionAddsWhatIsNewInIt() throws IOException {
    Series series = new Series("a", "/");
    List<RequestEvent> all = events(series, 500, 2);
    WindowSummary first = Traffic.row(Traffic.START, series.key(), all.subList(0, 400));
    WindowSummary second = revised(Traffic.row(Traffic.START, series.key(), all), 1, true);
    WindowMetrics once = new WindowMetrics();
    once.add(List.of(revised(second, 0, true)));
    metrics.add(List.of(first));
    metrics.add(List.of(second));
    // What is read again after a restart of the processor, or out of order, says nothing new.
    metrics.add(List.of(second, revised(second, 2, true), first));
    assertEquals(
        histogram(Exposition.of(PROTOBUF, once.snapshots(SinkMetrics.NONE))),
        histogram(Exposition.of(PROTOBUF, metrics.snapshots(SinkMetrics.NONE))));
    assertEquals(500.0, text().get(Sample.of("millrace_requests_total", series)));
    assertEquals(1.0, text().get(Sample.of("millrace_sink_uncounted_revisions_total")));
  }

  private static List<Object> histogram(Exposition exposition) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(exposition.body());
    while (in.available() > 0) {
      Metrics.MetricFamily family = Metrics.MetricFamily.parseDelimitedFrom(in);
      if (family.getName().equals("millrace_request_duration_seconds")) {
        Metrics.Histogram histogram = family.getMetric(0).getHistogram();
        return List.of(
            histogram.getSampleCount(),
            Math.round(histogram.getSampleSum() * 1e6),
            histogram.getZeroCount(),
            histogram.getPositiveSpanList(),
            histogram.getPositiveDeltaList(),
            histogram.getBucketList());
      }
    }
    throw new AssertionError("no histogram");
  }

  @Test
  void countersNeverFallAndWhatCannotBeCountedIsSaid() {
    Series series = new Series("a", "/");
    WindowSummary whole = Traffic.row(Traffic.START, series.key(), events(series, 50, 3));
    // A window from before the start, and one that has lost something.
    metrics.add(
        List.of(
            revised(
                Traffic.row(Traffic.START - 1000, series.key(), events(series, 5, 3)), 1, true)));
    metrics.add(List.of(whole));
    metrics.add(
        List.of(revised(Traffic.row(Traffic.START, series.key(), events(series, 40, 3)), 1, true)));
    assertEquals(50.0, text().get(Sample.of("millrace_requests_total", series)));
    assertEquals(2.0, text().get(Sample.of("millrace_sink_uncounted_revisions_total")));
  }

  @Test
  void nativeHistogramHasThePercentilesOfTheDurations() throws IOException {
    Series series = new Series("a", "/");
    List<RequestEvent> events = events(series, 20_000, 4);
    events.add(Traffic.event(Traffic.START, series, 200, 0, 0));
    metrics.add(List.of(Traffic.row(Traffic.START, series.key(), events)));
    Metrics.Histogram histogram =
        protobuf().get("millrace_request_duration_seconds").getMetric(0).getHistogram();
    assertEquals(6, histogram.getSchema());
    assertEquals(1, histogram.getZeroCount());
    assertTrue(histogram.getZeroThreshold() > 0);
    assertEquals(events.size(), histogram.getSampleCount());
    // Read as Prometheus reads it: spans of buckets, each with the difference to the one before.
    TreeMap<Integer, Long> buckets = new TreeMap<>();
    int index = 0;
    int delta = 0;
    long count = 0;
    for (Metrics.BucketSpan span : histogram.getPositiveSpanList()) {
      index += span.getOffset();
      for (int i = 0; i < span.getLength(); i++) {
        count += histogram.getPositiveDelta(delta++);
        buckets.put(index++, count);
      }
    }
    long[] sorted = events.stream().mapToLong(e -> e.durationUs().getAsLong()).sorted().toArray();
    for (double quantile : new double[] {0.01, 0.5, 0.9, 0.99, 0.999, 1}) {
      long rank = DurationStats.rank(quantile, sorted.length);
      double exact = sorted[(int) rank - 1] / 1e6;
      long left = rank - histogram.getZeroCount();
      int bucket = buckets.firstKey();
      for (Map.Entry<Integer, Long> entry : buckets.entrySet()) {
        bucket = entry.getKey();
        left -= entry.getValue();
        if (left <= 0) {
          break;
        }
      }
      double upper = Math.pow(2, bucket / 64.0);
      double lower = Math.pow(2, (bucket - 1) / 64.0);
      assertEquals(
          exact, 2 * upper * lower / (upper + lower), exact * 0.01, "quantile " + quantile);
    }
  }

  @Test
  void classicBucketsCountUpToTheirBound() {
    Series series = new Series("a", "/");
    List<RequestEvent> events = events(series, 5_000, 5);
    metrics.add(List.of(Traffic.row(Traffic.START, series.key(), events)));
    Map<Sample, Double> samples = text();
    for (String bound : List.of("0.001", "0.025", "1.0", "5.0")) {
      double exact =
          events.stream()
              .filter(e -> e.durationUs().getAsLong() <= Double.parseDouble(bound) * 1e6)
              .count();
      double near =
          samples.get(
              new Sample(
                  "millrace_request_duration_seconds_bucket",
                  Map.of("service", "a", "route", "/", "le", bound)));
      // Of a bucket of ours that a bound cuts, all are on one side: 1 % of log-uniform values.
      assertEquals(exact, near, events.size() * 0.01, bound);
    }
    assertEquals(
        5_000.0,
        samples.get(
            new Sample(
                "millrace_request_duration_seconds_bucket",
                Map.of("service", "a", "route", "/", "le", "+Inf"))));
  }

  @Test
  void theBusiestSeriesGetCountersAndTheRestIsCountedTogether() {
    WindowMetrics few = new WindowMetrics(2);
    List<WindowSummary> rows = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      Series series = new Series("s" + i, "/");
      rows.add(Traffic.row(Traffic.START, series.key(), events(series, i, i)));
    }
    few.add(rows);
    few.add(
        List.of(Traffic.row(Traffic.START + 1000, "s1|/", events(new Series("s1", "/"), 100, 1))));
    Map<Sample, Double> samples =
        parse(
            new String(
                Exposition.of(null, few.snapshots(SinkMetrics.NONE)).body(),
                StandardCharsets.UTF_8));
    assertEquals(5.0, samples.get(Sample.of("millrace_requests_total", new Series("s5", "/"))));
    assertEquals(4.0, samples.get(Sample.of("millrace_requests_total", new Series("s4", "/"))));
    assertEquals(106.0, samples.get(Sample.of("millrace_requests_total", WindowMetrics.OTHER)));
    assertEquals(
        3,
        samples.keySet().stream().filter(s -> s.name().equals("millrace_requests_total")).count());
  }

  @Test
  void hostileNamesStayInTheirLabels() {
    Series hostile = new Series("a\"} 1\nevil_total 7\n{x=\"", "/\\\"<script>\u001b[2J");
    metrics.add(List.of(Traffic.row(Traffic.START, hostile.key(), events(hostile, 3, 1))));
    Map<Sample, Double> samples = text();
    assertEquals(3.0, samples.get(Sample.of("millrace_requests_total", hostile)));
    assertFalse(samples.containsKey(Sample.of("evil_total")));
  }

  @Test
  void namesThatAreOneInUtf8AreOneSeries() {
    metrics.add(
        List.of(
            Traffic.row(Traffic.START, "a\ud800|/", events(new Series("a", "/"), 3, 1)),
            Traffic.row(Traffic.START, "a\udbff|/", events(new Series("a", "/"), 4, 1))));
    assertEquals(7.0, text().get(Sample.of("millrace_requests_total", new Series("a?", "/"))));
  }

  @Test
  void theSinksOwnCountsAreThere() {
    metrics.add(List.of(Traffic.row(Traffic.START, "a|/", events(new Series("a", "/"), 1, 1))));
    SinkMetrics sink =
        new SinkMetrics(10, 7, 2, 1, 5, 3, Map.of(new TopicPartition("windows.1s", 2), 42L));
    Map<Sample, Double> samples =
        parse(
            new String(Exposition.of("", metrics.snapshots(sink)).body(), StandardCharsets.UTF_8));
    Map<String, Double> expected =
        Map.of(
            "millrace_sink_consumed_records_total", 10.0,
            "millrace_sink_written_rows_total", 7.0,
            "millrace_sink_superseded_rows_total", 2.0,
            "millrace_sink_rejected_records_total", 1.0,
            "millrace_sink_expired_offsets_total", 5.0,
            "millrace_sink_conflict_transactions_total", 3.0,
            "millrace_newest_window_end_timestamp_seconds", Traffic.START / 1e3 + 1);
    expected.forEach((name, value) -> assertEquals(value, samples.get(Sample.of(name)), name));
    assertEquals(
        42.0,
        samples.get(
            new Sample(
                "millrace_sink_position_offsets",
                Map.of("topic", "windows.1s", "partition", "2"))));
  }

  @Test
  void beforeTheFirstRowThereAreOnlyTheSinksCounts() throws IOException {
    assertFalse(text().containsKey(Sample.of("millrace_newest_window_end_timestamp_seconds")));
    assertEquals(0.0, text().get(Sample.of("millrace_sink_written_rows_total")));
    assertFalse(protobuf().isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "none, text/plain",
        "'', text/plain",
        "*/*, text/plain",
        "application/openmetrics-text;version=1.0.0, application/openmetrics-text"
      })
  void theFormatIsWhatTheScraperAsksFor(String accept, String type) {
    assertTrue(
        Exposition.of(accept, metrics.snapshots(SinkMetrics.NONE)).contentType().startsWith(type));
  }

  @Test
  void rememberedWindowsAreFew() {
    CountedWindows windows = new CountedWindows(3);
    for (int i = 0; i < 5; i++) {
      assertTrue(windows.newIn(row(i, 0)).isPresent());
    }
    assertTrue(windows.newIn(row(0, 1)).isEmpty());
    assertTrue(windows.newIn(row(4, 1)).isPresent());
  }

  private static WindowSummary row(int second, int revision) {
    return revised(
        Traffic.row(Traffic.START + second * 1000L, "a|/", events(new Series("a", "/"), 3, 1)),
        revision,
        true);
  }
}
