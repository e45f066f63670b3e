package dev.millrace.processor;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// The watermarks of all source partitions, and what follows from them for windows. Two bounds,
/// because idle can also mean that a partition's events are on their way:
///
/// - [#closed()] looks past idle partitions, so that the last window closes when traffic stops;
///   windows before it are published, and are kept for what may still come.
/// - [#settled()] waits for idle partitions too: it takes one to be where the others were some time
///   ago, when it had nothing either. Windows before it can be forgotten.
///
/// A partition that has never been heard of holds both back: its task may not run yet.
final class Watermarks {
  /// How many steps there are on the way from idle to taken for granted.
  private static final int STEPS = 4;

  /// What is known of one partition.
  static final class Source {
    static final int BYTES = Long.BYTES + Integer.BYTES + STEPS * Long.BYTES;

    /// Its highest watermark.
    private long time;

    /// How often in a row it has reported to be idle, 0 if it is not.
    private int idleReports;

    /// How far the furthest partition was at the last reports that made a step, oldest first.
    private final long[] others = new long[STEPS];

    void write(ByteBuffer out) {
      out.putLong(time).putInt(idleReports);
      for (long other : others) {
        out.putLong(other);
      }
    }

    static Source read(ByteBuffer in) {
      Source source = new Source();
      source.time = in.getLong();
      source.idleReports = in.getInt();
      for (int i = 0; i < STEPS; i++) {
        source.others[i] = in.getLong();
      }
      return source;
    }

    private long settled() {
      return idleReports == 0 ? time : Math.max(time, others[0]);
    }
  }

  private final int reportsAStep;
  private final int expected;
  private final List<Source> sources = new ArrayList<>();

  /// @param patience how many reports in a row make it granted that an idle partition has nothing
  ///   for the time when they began; at most a third more are needed. They are counted and not
  ///   timed: each proves that a commit has gone through since, which a broker's outage does not.
  /// @param expected how many partitions `requests` has, as far as is known
  Watermarks(int patience, int expected) {
    reportsAStep = Math.ceilDiv(patience, STEPS - 1);
    this.expected = expected;
  }

  /// Takes a report. Watermarks never go back: a task that begins anew may know less than the one
  /// before.
  ///
  /// @return what is known now
  Source update(SourceWatermark report) {
    makeRoom(Math.max(report.partitions(), report.partition() + 1));
    Source source = sources.get(report.partition());
    if (source == null) {
      source = new Source();
      source.time = report.time();
      sources.set(report.partition(), source);
    }
    source.time = Math.max(source.time, report.time());
    if (!report.idle()) {
      source.idleReports = 0;
      return source;
    }
    if (source.idleReports++ == 0) {
      Arrays.fill(source.others, source.time);
    }
    if (source.idleReports % reportsAStep == 0) {
      System.arraycopy(source.others, 1, source.others, 0, STEPS - 1);
      source.others[STEPS - 1] = furthest();
    }
    return source;
  }

  private long furthest() {
    long furthest = SourceWatermark.NONE;
    for (Source source : sources) {
      furthest = source == null ? furthest : Math.max(furthest, source.time);
    }
    return furthest;
  }

  /// Whether any partition has had an event.
  boolean haveHadEvents() {
    return furthest() != SourceWatermark.NONE;
  }

  /// Takes back what was known before a restart.
  ///
  /// @param partitions how many `requests` had
  void restore(int partition, int partitions, Source source) {
    makeRoom(Math.max(partitions, partition + 1));
    sources.set(partition, source);
  }

  private void makeRoom(int partitions) {
    while (sources.size() < partitions) {
      sources.add(null);
    }
  }

  int partitions() {
    return sources.size();
  }

  /// Partitions that have never been heard of.
  int unheard() {
    int heard = (int) sources.stream().filter(Objects::nonNull).count();
    return Math.max(expected, sources.size()) - heard;
  }

  void clear() {
    sources.clear();
  }

  /// Windows that end at or before this can be published, epoch milliseconds.
  ///
  /// @return [Long#MIN_VALUE] as long as nothing can, [Long#MAX_VALUE] if all partitions are idle
  long closed() {
    long lowest = Long.MAX_VALUE;
    for (Source source : sources) {
      if (source == null) {
        return Long.MIN_VALUE;
      }
      if (source.idleReports == 0) {
        lowest = Math.min(lowest, source.time);
      }
    }
    return sources.isEmpty() ? Long.MIN_VALUE : lowest;
  }

  /// No window before this will change any more, but for the allowed lateness; epoch milliseconds.
  ///
  /// @return [Long#MIN_VALUE] if that cannot be said
  long settled() {
    long lowest = Long.MAX_VALUE;
    for (Source source : sources) {
      lowest = Math.min(lowest, source == null ? Long.MIN_VALUE : source.settled());
    }
    return sources.isEmpty() ? Long.MIN_VALUE : lowest;
  }
}
