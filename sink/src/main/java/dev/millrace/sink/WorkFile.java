package dev.millrace.sink;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Rows as they came, a line of JSON each, revisions and all. What is held in memory of a row is
/// where it stands, not the row.
final class WorkFile {
  private static final Comparator<Line> BY_WINDOW =
      Comparator.comparingLong(Line::sizeMs)
          .thenComparingLong(Line::start)
          .thenComparing(line -> line.series().service())
          .thenComparing(line -> line.series().route());

  /// Of equal revisions the later one holds, so it comes last.
  private static final Comparator<Line> BY_AGE =
      Comparator.comparingInt(Line::revision).thenComparingLong(Line::at);

  /// A row in the file.
  private record Line(long sizeMs, long start, Series series, int revision, long at, int length) {}

  private final Path file;
  private final long bytes;

  /// @param bytes how much of the file counts
  WorkFile(Path file, long bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /// Writes each window of each series once, in its highest revision, by size, time and series.
  void writeSorted(WindowFileWriter out) throws IOException {
    List<Line> lines = lines();
    lines.sort(BY_WINDOW.thenComparing(BY_AGE));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (int i = 0; i < lines.size(); i++) {
        if (i + 1 == lines.size() || BY_WINDOW.compare(lines.get(i), lines.get(i + 1)) != 0) {
          out.write(read(channel, lines.get(i)));
        }
      }
    }
  }

  private byte[] read(FileChannel channel, Line line) throws IOException {
    ByteBuffer json = ByteBuffer.allocate(line.length());
    while (json.hasRemaining()) {
      if (channel.read(json, line.at() + json.position()) < 0) {
        throw new IOException(file + " has become shorter");
      }
    }
    return json.array();
  }

  private List<Line> lines() throws IOException {
    List<Line> lines = new ArrayList<>();
    // Every row has names of its own when it is read; there are only a few different ones.
    Map<Series, Series> names = new HashMap<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      ByteArrayOutputStream json = new ByteArrayOutputStream();
      long start = 0;
      for (long at = 0; at < bytes; at++) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("%s ends at %d, not at %d".formatted(file, at, bytes));
        }
        if (next != '\n') {
          json.write(next);
          continue;
        }
        WindowSummary row = JsonRecords.WINDOWS.decode(json.toByteArray());
        Series series = names.computeIfAbsent(row.series(), name -> name);
        lines.add(
            new Line(
                row.windowSizeMs(), row.windowStart(), series, row.revision(), start, json.size()));
        json.reset();
        start = at + 1;
      }
    }
    return lines;
  }
}
