package dev.millrace.processor;

import java.util.ArrayList;
import java.util.List;

/// The watermarks of all source partitions, and what follows from them for windows. Two bounds,
/// because idle can also mean that a partition's events are on their way:
///
/// - [#closed()] looks past idle partitions, so that the last window closes when traffic stops;
///   windows before it are published, and are kept for what may still come.
/// - [#settled()] waits for idle partitions, until they have said so for so long that it is taken
///   for a fact; windows before it can be forgotten.
///
/// A partition that has never been heard of holds both back: its task may not run yet.
final class Watermarks {
  /// What is known of one partition.
  ///
  /// @param time its highest watermark
  /// @param idleReports how often in a row it has reported to be idle, 0 if it is not
  record Source(long time, int idleReports) {}

  private final int patience;
  private final List<Source> sources = new ArrayList<>();

  /// @param patience how many reports in a row make an idle partition one that holds nothing back.
  ///   They are counted and not timed: each proves that a commit has gone through since, which a
  ///   broker's outage does not.
  Watermarks(int patience) {
    this.patience = patience;
  }

  /// Takes a report. Watermarks never go back: a task that begins anew may know less than the one
  /// before.
  ///
  /// @return what is known now
  Source update(SourceWatermark report) {
    while (sources.size() < Math.max(report.partitions(), report.partition() + 1)) {
      sources.add(null);
    }
    Source before = sources.get(report.partition());
    long time = before == null ? report.time() : Math.max(before.time(), report.time());
    int reports =
        report.idle() ? Math.min(patience, before == null ? 1 : before.idleReports() + 1) : 0;
    Source now = new Source(time, reports);
    sources.set(report.partition(), now);
    return now;
  }

  /// Takes back what was known before a restart.
  ///
  /// @param partitions how many `requests` had
  void restore(int partition, int partitions, Source source) {
    while (sources.size() < Math.max(partitions, partition + 1)) {
      sources.add(null);
    }
    sources.set(partition, source);
  }

  int partitions() {
    return sources.size();
  }

  void clear() {
    sources.clear();
  }

  /// Windows that end at or before this can be published, epoch milliseconds.
  ///
  /// @return [Long#MIN_VALUE] as long as nothing can, [Long#MAX_VALUE] if all partitions are idle
  long closed() {
    return lowest(1);
  }

  /// No window before this will change any more, but for the allowed lateness; epoch milliseconds.
  ///
  /// @return [Long#MIN_VALUE] if that cannot be said
  long settled() {
    long lowest = lowest(patience);
    return lowest == Long.MAX_VALUE ? Long.MIN_VALUE : lowest;
  }

  private long lowest(int reportsToIgnore) {
    long lowest = Long.MAX_VALUE;
    for (Source source : sources) {
      if (source == null) {
        return Long.MIN_VALUE;
      }
      if (source.idleReports() < reportsToIgnore) {
        lowest = Math.min(lowest, source.time());
      }
    }
    return sources.isEmpty() ? Long.MIN_VALUE : lowest;
  }
}
