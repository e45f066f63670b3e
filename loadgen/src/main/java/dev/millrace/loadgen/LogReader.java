package dev.millrace.loadgen;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// A log, line by line, as events and as lines that are none. It holds one line and some buffers in
/// memory, however long the log is. Gzip is recognised by its first bytes; CRLF, a missing end of
/// the last line and a byte order mark are seen to; blank lines are passed over.
///
/// Errors of reading are [IOException]s whose message is a sentence that names the log; the lines
/// before have been handed out by then. Not thread-safe.
public final class LogReader implements Closeable {
  /// The longest line, without its end, in bytes; a longer one is rejected.
  public static final int MAX_LINE_BYTES = Topics.MAX_EVENT_BYTES;

  /// How many lines that are not blank decide what [LogFormat#AUTO] is.
  static final int SAMPLE_LINES = 20;

  private final RequestEventCodec codec;
  private final Lines lines;
  private final Queue<Line> sample = new ArrayDeque<>();
  private final LogFormat format;
  private final AccessLogParser parser; // null for NDJSON

  private LogReader(Lines lines, LogFormat format, String service, Clock clock) throws IOException {
    this.codec = new RequestEventCodec(clock, RequestEventCodec.DEFAULT_MAX_FUTURE_SKEW);
    this.lines = lines;
    this.format = format == LogFormat.AUTO ? detect(service, clock) : format;
    this.parser =
        this.format == LogFormat.NDJSON ? null : new AccessLogParser(this.format, service, clock);
  }

  /// Opens a file.
  ///
  /// @param service who answered the requests of an access log; NDJSON says so itself
  /// @throws IOException if it cannot be read
  /// @throws IllegalArgumentException if the contract does not allow this name of a service
  public static LogReader open(Path file, LogFormat format, String service) throws IOException {
    return of(input(file), file.toString(), format, service);
  }

  /// Reads a stream, and closes it in the end. With [LogFormat#AUTO] this waits for the first
  /// [#SAMPLE_LINES] lines.
  ///
  /// @param name what messages call it, e.g. `standard input`
  /// @param service who answered the requests of an access log; NDJSON says so itself
  /// @throws IOException if it cannot be read
  /// @throws IllegalArgumentException if the contract does not allow this name of a service
  public static LogReader of(InputStream in, String name, LogFormat format, String service)
      throws IOException {
    return of(in, name, format, service, Clock.systemUTC());
  }

  /// @param clock what "now" is: events too far ahead of it are rejected
  static LogReader of(InputStream in, String name, LogFormat format, String service, Clock clock)
      throws IOException {
    try {
      return new LogReader(new Lines(in, name), format, service, clock);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  private static InputStream input(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("cannot read " + file + ": it is a directory");
    }
    try {
      return Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw new IOException("cannot read " + file + ": there is no such file", e);
    } catch (AccessDeniedException e) {
      throw new IOException("cannot read " + file + ": permission denied", e);
    }
  }

  /// What the lines are read as: never [LogFormat#AUTO].
  public LogFormat format() {
    return format;
  }

  /// The next line that is not blank.
  ///
  /// @return null after the last
  /// @throws IOException if the log cannot be read any further
  public LogLine next() throws IOException {
    Line line = sample.isEmpty() ? lines.nextNotBlank() : sample.remove();
    if (line == null) {
      return null;
    }
    if (line.tooLong()) {
      return new LogLine.Rejected(
          line.number(), line.bytes(), "line is longer than " + MAX_LINE_BYTES + " bytes");
    }
    try {
      return parser == null
          ? new LogLine.Event(line.number(), codec.decode(line.bytes()), line.bytes())
          : encoded(line.number(), parser.parse(line.bytes(), line.number()));
    } catch (InvalidEventException e) {
      return new LogLine.Rejected(line.number(), line.bytes(), e.getMessage());
    }
  }

  private LogLine encoded(long number, RequestEvent event) {
    return new LogLine.Event(number, event, codec.encode(event));
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  /// What most lines of the sample are. If nothing in it makes sense, [LogFormat#COMBINED]: its
  /// rejects then say what is missing.
  private LogFormat detect(String service, Clock clock) throws IOException {
    AccessLogParser combined = new AccessLogParser(LogFormat.COMBINED, service, clock);
    AccessLogParser nginx = new AccessLogParser(LogFormat.NGINX, service, clock);
    int json = 0;
    int access = 0;
    int timed = 0;
    fillSample();
    for (Line line : sample) {
      if (line.isJson()) {
        json++;
      } else if (parsed(combined, line).isPresent()) {
        access++;
        timed +=
            parsed(nginx, line).stream().mapToInt(e -> e.durationUs().isPresent() ? 1 : 0).sum();
      }
    }
    if (json > access) {
      return LogFormat.NDJSON;
    }
    return timed > 0 && timed >= access - timed ? LogFormat.NGINX : LogFormat.COMBINED;
  }

  private void fillSample() throws IOException {
    try {
      for (Line line = lines.nextNotBlank(); line != null; line = lines.nextNotBlank()) {
        sample.add(line);
        if (sample.size() == SAMPLE_LINES) {
          return;
        }
      }
    } catch (IOException e) {
      // The lines before are handed out first; then the same failure comes again.
      if (sample.isEmpty()) {
        throw e;
      }
    }
  }

  private static Optional<RequestEvent> parsed(AccessLogParser parser, Line line) {
    try {
      return Optional.of(parser.parse(line.bytes(), line.number()));
    } catch (InvalidEventException e) {
      return Optional.empty();
    }
  }

  /// One line as it stands in the log, without its end.
  @SuppressWarnings("ArrayRecordComponent")
  private record Line(long number, byte[] bytes, boolean tooLong) {
    boolean isBlank() {
      return firstVisible() == bytes.length;
    }

    boolean isJson() {
      int first = firstVisible();
      return first < bytes.length && bytes[first] == '{';
    }

    private int firstVisible() {
      int i = 0;
      while (i < bytes.length && (bytes[i] == ' ' || (bytes[i] >= '\t' && bytes[i] <= '\r'))) {
        i++;
      }
      return i;
    }
  }

  /// The lines of a stream, each in an array of its own.
  private static final class Lines implements Closeable {
    private static final int BUFFER_BYTES = 2 * MAX_LINE_BYTES;

    /// What is no part of a line and yet beside it: a byte order mark and the CR of a CRLF.
    private static final int MARKS_BYTES = 3 + 1;

    private final String name;
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int from;
    private int to;
    private boolean ended;
    private long number;
    private IOException failure;

    Lines(InputStream in, String name) throws IOException {
      this.name = name;
      try {
        this.in = unzipped(in);
      } catch (IOException e) {
        throw sentence(e);
      }
    }

    private static InputStream unzipped(InputStream in) throws IOException {
      BufferedInputStream buffered = new BufferedInputStream(in);
      buffered.mark(2);
      boolean zipped = buffered.read() == 0x1f && buffered.read() == 0x8b;
      buffered.reset();
      return zipped ? new GZIPInputStream(buffered, MAX_LINE_BYTES) : buffered;
    }

    /// @return null after the last line
    Line nextNotBlank() throws IOException {
      Line line = next();
      while (line != null && line.isBlank()) {
        line = next();
      }
      return line;
    }

    private Line next() throws IOException {
      if (failure != null) {
        throw failure;
      }
      try {
        return read();
      } catch (IOException e) {
        failure = sentence(e);
        throw failure;
      }
    }

    private Line read() throws IOException {
      int scanned = from;
      while (true) {
        int newline = newline(scanned);
        if (newline < to || (ended && from < to)) {
          return take(newline);
        }
        if (ended) {
          return null;
        }
        if (to - from > MAX_LINE_BYTES + MARKS_BYTES) {
          Line line = take(to);
          skipLine();
          return line;
        }
        int pending = to - from;
        fill();
        scanned = from + pending;
      }
    }

    /// Where the next newline stands, or else the end of what is in the buffer.
    private int newline(int start) {
      int i = start;
      while (i < to && buffer[i] != '\n') {
        i++;
      }
      return i;
    }

    /// The line that ends before this position, which is a newline or the end.
    private Line take(int end) {
      int start = from;
      int last = end > start && buffer[end - 1] == '\r' ? end - 1 : end;
      if (number == 0 && startsWithByteOrderMark(start, last)) {
        start += 3;
      }
      from = Math.min(end + 1, to);
      number++;
      boolean tooLong = last - start > MAX_LINE_BYTES;
      return new Line(
          number,
          Arrays.copyOfRange(buffer, start, tooLong ? start + MAX_LINE_BYTES : last),
          tooLong);
    }

    private boolean startsWithByteOrderMark(int start, int end) {
      return end - start >= 3
          && buffer[start] == (byte) 0xef
          && buffer[start + 1] == (byte) 0xbb
          && buffer[start + 2] == (byte) 0xbf;
    }

    /// Passes over the rest of a line of which the buffer's content has been taken.
    private void skipLine() throws IOException {
      while (!ended) {
        fill();
        int newline = newline(from);
        from = Math.min(newline + 1, to);
        if (newline < to) {
          return;
        }
      }
    }

    private void fill() throws IOException {
      if (to == buffer.length) {
        System.arraycopy(buffer, from, buffer, 0, to - from);
        to -= from;
        from = 0;
      }
      int read = in.read(buffer, to, buffer.length - to);
      if (read < 0) {
        ended = true;
      } else {
        to += read;
      }
    }

    private IOException sentence(IOException e) {
      String where = number == 0 ? "" : " after line " + number;
      return new IOException(
          switch (e) {
            case EOFException _ -> name + " is cut short: its gzip data ends in the middle" + where;
            case ZipException _ ->
                name
                    + " is damaged: its gzip data makes no sense"
                    + where
                    + " ("
                    + e.getMessage()
                    + ")";
            default -> "cannot read " + name + where + ": " + e.getMessage();
          },
          e);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
