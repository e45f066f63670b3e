package dev.millrace.processor;

import dev.millrace.events.Topics;
import dev.millrace.events.WindowSize;
import dev.millrace.telemetry.KafkaLag;
import dev.millrace.telemetry.MetricSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.ThreadMetadata;

/// What the processor tells Prometheus. docs/metrics.md says what each figure means.
final class ProcessorFigures {
  private static final double MS_PER_S = 1e3;

  private final KafkaStreams streams;
  private final ProcessorCounters counters;
  private final RestoreProgress restoring;
  private final int maxSeries;

  /// @param maxSeries how many series a task tells apart
  ProcessorFigures(
      KafkaStreams streams, ProcessorCounters counters, RestoreProgress restoring, int maxSeries) {
    this.streams = streams;
    this.counters = counters;
    this.restoring = restoring;
    this.maxSeries = maxSeries;
  }

  void write(MetricSet to, ProcessorMetrics metrics, boolean ready) {
    to.gauge("millrace_processor_ready", "1 if all threads work, else 0.", ready);
    to.counter(
        "millrace_processor_consumed_events", "Records read from requests.", metrics.consumed());
    to.counter("millrace_processor_aggregated_events", "Events in windows.", metrics.aggregated());
    to.counter(
        "millrace_processor_late_events",
        "Events too late for a window, counted on windows.late.",
        metrics.late());
    to.counter(
        "millrace_processor_dead_lettered_events",
        "Records that are no events, sent to requests.dlq.",
        metrics.deadLettered());
    to.counter(
        "millrace_processor_correcting_events",
        "Events that came after the end of their window, and still count in it, by its size.",
        "window",
        sums(counters.correcting));
    to.counter(
        "millrace_processor_published_rows",
        "Rows of windows, those published again included, by the size of the window.",
        "window",
        sums(counters.published));
    to.counter(
        "millrace_processor_folded_events",
        "Events counted as series (other) because there are too many series.",
        metrics.folded());
    to.counter(
        "millrace_processor_spilled_windows",
        "Windows moved to disk because there were too many for memory.",
        metrics.spilled());
    threads(to, metrics.threadsReplaced());
    tasks(to);
    to.gauge(
        "millrace_processor_restoring_records",
        "Records of the changelog to be read before all tasks work.",
        restoring.left());
    to.partitions(
        "millrace_processor_lag_records",
        "Records of requests that are not read yet, of the partitions of this instance.",
        KafkaLag.of(streams.metrics(), Topics.REQUESTS::equals));
  }

  private void threads(MetricSet to, long replaced) {
    Map<String, Long> states =
        streams.metadataForLocalThreads().stream()
            .map(ThreadMetadata::threadState)
            .collect(Collectors.groupingBy(ProcessorFigures::label, Collectors.counting()));
    to.gauge("millrace_processor_threads", "Stream threads, by their state.", "state", states);
    to.counter(
        "millrace_processor_replaced_threads",
        "Stream threads that died and were replaced.",
        replaced);
  }

  private static String label(String state) {
    return state.toLowerCase(Locale.ROOT);
  }

  private void tasks(MetricSet to) {
    Map<Integer, TaskStates.Combine> combine = counters.tasks.combine();
    Map<String, Double> watermarks = new LinkedHashMap<>();
    Map<String, Integer> idle = new LinkedHashMap<>();
    Map<String, Integer> series = new LinkedHashMap<>();
    combine.forEach((partition, state) -> {
      String name = Integer.toString(partition);
      if (state.watermark() != SourceWatermark.NONE) {
        watermarks.put(name, state.watermark() / MS_PER_S);
      }
      idle.put(name, state.idle() ? 1 : 0);
      series.put(name, state.series());
    });
    to.gauge(
        "millrace_processor_watermark_timestamp_seconds",
        "How far a partition of requests is in event time.",
        "partition",
        watermarks);
    to.gauge(
        "millrace_processor_idle",
        "1 if a partition of requests brings nothing, and so holds back no window, else 0.",
        "partition",
        idle);
    to.gauge("millrace_processor_series", "Series told apart in a partition.", "partition", series);
    to.gauge(
        "millrace_processor_series_limit",
        "Series that are told apart in a partition at most (--max-series).",
        maxSeries);
    Collection<TaskStates.Merge> merge = counters.tasks.merge();
    to.gauge(
        "millrace_processor_open_windows",
        "Windows that may still change, by where they are.",
        "where",
        Map.of(
            "memory", merge.stream().mapToInt(TaskStates.Merge::inMemory).sum(),
            "disk", merge.stream().mapToInt(TaskStates.Merge::onDisk).sum()));
    to.gauge(
        "millrace_processor_unheard_partitions",
        "Partitions of requests that no instance has reported of: nothing is published until one has.",
        merge.stream().mapToInt(TaskStates.Merge::unheard).max().orElse(0));
  }

  private static Map<String, Long> sums(Map<WindowSize, LongAdder> counters) {
    Map<String, Long> sums = new LinkedHashMap<>();
    counters.forEach((size, count) -> sums.put(size.label(), count.sum()));
    return sums;
  }
}
