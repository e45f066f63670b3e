package dev.millrace.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Rows as they came, each a line: the revision, a space, and its JSON. What is held in memory of a
/// row is where it stands, not the row.
final class WorkFile {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int BLOCK_BYTES = 1 << 18;

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

  /// Adds a row to what will be written behind such a file's end.
  static void addLine(WindowSummary row, ByteArrayOutputStream lines) {
    lines.writeBytes(Integer.toString(row.revision()).getBytes(StandardCharsets.US_ASCII));
    lines.write(' ');
    lines.writeBytes(JsonRecords.WINDOWS.encode(row));
    lines.write('\n');
  }

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
    byte[] block = new byte[BLOCK_BYTES];
    // What of the file is in the block: from the beginning of a line.
    long start = 0;
    int filled = 0;
    try (InputStream in = Files.newInputStream(file)) {
      while (start + filled < bytes) {
        if (filled == block.length) {
          block = Arrays.copyOf(block, 2 * filled);
        }
        int most = (int) Math.min(block.length - filled, bytes - start - filled);
        int read = in.read(block, filled, most);
        if (read < 0) {
          throw new IOException("%s ends at %d, not at %d".formatted(file, start + filled, bytes));
        }
        int scanned = filled;
        filled += read;
        int from = 0;
        for (int i = scanned; i < filled; i++) {
          if (block[i] == '\n') {
            lines.add(line(block, from, i - from, start + from, names));
            from = i + 1;
          }
        }
        System.arraycopy(block, from, block, 0, filled - from);
        start += from;
        filled -= from;
      }
    }
    return lines;
  }

  private static Line line(byte[] block, int from, int length, long at, Map<Series, Series> names)
      throws IOException {
    int json = from;
    int revision = 0;
    while (block[json] != ' ') {
      revision = revision * 10 + block[json] - '0';
      json++;
    }
    json++;
    int left = length - (json - from);
    long sizeMs = -1;
    long start = -1;
    String service = null;
    String route = null;
    // These come first; to read the histogram as well would take ten times as long.
    try (JsonParser parser = JSON.createParser(block, json, left)) {
      parser.nextToken();
      for (int found = 0; found < 4 && parser.nextToken() == JsonToken.FIELD_NAME; ) {
        String field = parser.currentName();
        parser.nextToken();
        found++;
        switch (field) {
          case "window_start" -> start = parser.getLongValue();
          case "window_size_ms" -> sizeMs = parser.getLongValue();
          case "service" -> service = parser.getText();
          case "route" -> route = parser.getText();
          default -> {
            found--;
            parser.skipChildren();
          }
        }
      }
    }
    Series series = names.computeIfAbsent(new Series(service, route), name -> name);
    return new Line(sizeMs, start, series, revision, at + (json - from), left);
  }
}
