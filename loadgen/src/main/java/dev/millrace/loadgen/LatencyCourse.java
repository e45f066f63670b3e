package dev.millrace.loadgen;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/// `latency.hlog` of a run, added up: the distribution of what was measured, and the course of it.
/// Only the interval that is being read is held, so a run of a day fits.
///
/// The lines are read here and not by HdrHistogram's `HistogramLogReader`, which takes a line that
/// it does not understand for the end of the file.
final class LatencyCourse {
  static final String ACK = "ack";
  static final String LATENESS = "lateness";
  static final String E2E = "e2e";

  private static final Pattern TIME =
      Pattern.compile("#\\[(StartTime|BaseTime): (\\d+(?:\\.\\d+)?) .*");
  private static final double YEAR_S = 365 * 24 * 3600.0;

  /// An interval of one tag.
  ///
  /// @param second since the start of the run
  /// @param p50 microseconds
  /// @param p99 microseconds
  /// @param max microseconds
  record Point(long second, long p50, long p99, long max) {}

  private static final class Course {
    private final Histogram measured = new Histogram(3);
    private final List<Point> points = new ArrayList<>();
    private Histogram current;
    private long second;

    /// Several lines may be of one second, one from each worker.
    void add(long at, Histogram values, boolean warmUp) {
      if (current != null && at == second) {
        current.add(values);
      } else {
        close();
        second = at;
        current = values;
      }
      if (!warmUp) {
        measured.add(values);
      }
    }

    void close() {
      if (current != null && current.getTotalCount() > 0) {
        points.add(
            new Point(
                second,
                current.getValueAtPercentile(50),
                current.getValueAtPercentile(99),
                current.getMaxValue()));
      }
      current = null;
    }
  }

  private final Map<String, Course> courses = new TreeMap<>();
  private final LongPredicate warmUp;
  private double start = Double.NaN;
  private double base = Double.NaN;
  private boolean torn;

  private LatencyCourse(LongPredicate warmUp) {
    this.warmUp = warmUp;
  }

  /// Of a run that has no such file.
  static LatencyCourse none() {
    return new LatencyCourse(second -> false);
  }

  /// @param warmUp the seconds that are in no figure
  static LatencyCourse read(Path file, LongPredicate warmUp) throws IOException {
    LatencyCourse log = new LatencyCourse(warmUp);
    log.torn = LineFile.read(file, log::line);
    log.courses.values().forEach(Course::close);
    return log;
  }

  /// Whether the file ends within a line.
  boolean isTorn() {
    return torn;
  }

  /// All values of a tag after the warm-up; nothing if there is no such tag.
  Histogram measured(String tag) {
    Course course = courses.get(tag);
    return course == null ? new Histogram(3) : course.measured;
  }

  /// The intervals of a tag, in their order; those without a value are left out.
  List<Point> points(String tag) {
    Course course = courses.get(tag);
    return course == null ? List.of() : course.points;
  }

  boolean isEmpty() {
    return courses.values().stream().allMatch(course -> course.points.isEmpty());
  }

  private void line(String line) throws IOException {
    Matcher time = TIME.matcher(line);
    if (time.matches()) {
      double seconds = Double.parseDouble(time.group(2));
      if (time.group(1).equals("StartTime")) {
        start = seconds;
      } else {
        base = seconds;
      }
    } else if (!line.startsWith("#") && !line.startsWith("\"StartTimestamp\"")) {
      interval(line);
    }
  }

  /// `Tag=ack,1.000,1.000,23.5,HISTFAAA…`: start, length, maximum, values.
  private void interval(String line) throws IOException {
    String[] fields = line.split(",", -1);
    if (fields.length != 5 || !fields[0].startsWith("Tag=")) {
      throw new IOException("is not an interval of a histogram log with a tag");
    }
    try {
      double at = Double.parseDouble(fields[1]);
      Histogram values =
          Histogram.decodeFromCompressedByteBuffer(
              ByteBuffer.wrap(Base64.getDecoder().decode(fields[4])), 0);
      long second = Math.round(sinceStart(at));
      courses
          .computeIfAbsent(fields[0].substring("Tag=".length()), tag -> new Course())
          .add(second, values, warmUp.test(second));
    } catch (DataFormatException | RuntimeException e) {
      // The decoder answers bytes that are no histogram with whatever it stumbles over.
      throw new IOException("is not a histogram", e);
    }
  }

  /// By the format's rules: a time far before the start of the log is relative, to the base time if
  /// there is one.
  private double sinceStart(double at) {
    if (Double.isNaN(start)) {
      start = at;
    }
    if (!Double.isNaN(base)) {
      return at + base - start;
    }
    return at < start - YEAR_S ? at : at - start;
  }
}
