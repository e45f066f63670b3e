package dev.millrace.loadgen;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the answers to POST and GET off a connection, as RFC 9112 frames them: strict where a
/// mistake would take one answer for two, or a part for the whole, and tolerant of the rest.
final class HttpReplies {
  static final int MAX_HEAD = 16 << 10;
  static final int MAX_BODY = 1 << 20;

  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.([01]) ([1-9]\\d\\d)( .*)?");
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
  private static final Pattern CHUNK = Pattern.compile("([0-9A-Fa-f]{1,8})[ \t]*(;.*)?");
  private static final int SWITCHING = 101;
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;
  private static final int SHOWN = 60;
  private static final long ABSENT = -1;

  /// What a server has answered.
  static final class Reply {
    private final int status;
    private final byte[] body;
    private final boolean keepsAlive;

    Reply(int status, byte[] body, boolean keepsAlive) {
      this.status = status;
      this.body = body;
      this.keepsAlive = keepsAlive;
    }

    int status() {
      return status;
    }

    /// Without framing; a coding such as gzip, which was not asked for, is left as it is.
    byte[] body() {
      return body;
    }

    /// Whether another request may be sent on the connection.
    boolean keepsAlive() {
      return keepsAlive;
    }
  }

  private final InputStream in;
  private final byte[] buffer = new byte[2 << 10];
  private int next;
  private int end;

  // Of the reply that is being read.
  private int headLeft;
  private int status;
  private boolean keepsAlive;
  private long length;
  private String coding;

  HttpReplies(InputStream in) {
    this.in = in;
  }

  /// Reads one, and skips what announces it (1xx).
  ///
  /// @throws IOException if the connection ends before the reply does, or what comes is no reply
  Reply next() throws IOException {
    headLeft = MAX_HEAD;
    do {
      readHead();
    } while (status < 200 && status != SWITCHING);
    byte[] body = body();
    // What comes without having been asked for would be taken for the next one.
    return new Reply(status, body, keepsAlive && next == end);
  }

  private void readHead() throws IOException {
    String line = line();
    Matcher first = STATUS_LINE.matcher(line);
    if (!first.matches()) {
      throw malformed("'" + line + "' is no status line of HTTP/1.1");
    }
    keepsAlive = first.group(1).equals("1");
    status = Integer.parseInt(first.group(2));
    length = ABSENT;
    coding = "";
    for (line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw malformed("'" + line + "' is no header");
      }
      header(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip().toLowerCase(Locale.ROOT));
    }
  }

  private void header(String name, String value) throws IOException {
    switch (name) {
      case "content-length" -> {
        for (String one : value.split(",", -1)) {
          length(one.strip());
        }
      }
      case "transfer-encoding" -> coding = value;
      case "connection" -> {
        for (String option : value.split(",", -1)) {
          switch (option.strip()) {
            case "close" -> keepsAlive = false;
            // An HTTP/1.0 server's.
            case "keep-alive" -> keepsAlive = true;
            default -> {}
          }
        }
      }
      default -> {}
    }
  }

  /// It may be said twice, but not differently.
  private void length(String text) throws IOException {
    if (!LENGTH.matcher(text).matches()) {
      throw malformed("Content-Length '" + text + "'");
    }
    long said = Long.parseLong(text);
    if (length != ABSENT && length != said) {
      throw malformed("Content-Length is both " + length + " and " + said);
    }
    length = said;
  }

  private byte[] body() throws IOException {
    if (status == NO_CONTENT || status == NOT_MODIFIED) {
      return new byte[0];
    }
    if (!coding.isEmpty()) {
      // With a length besides, somebody on the way has not understood it.
      keepsAlive &= length == ABSENT;
      return coding.endsWith("chunked") ? chunks() : untilEnd();
    }
    if (length == ABSENT) {
      return untilEnd();
    }
    ByteArrayOutputStream body = new ByteArrayOutputStream((int) Math.min(length, buffer.length));
    take(length, body);
    return body.toByteArray();
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      headLeft = MAX_HEAD;
      String line = line();
      Matcher chunk = CHUNK.matcher(line);
      if (!chunk.matches()) {
        throw malformed("'" + line + "' is no length of a chunk");
      }
      long size = Long.parseLong(chunk.group(1), 16);
      if (size == 0) {
        break;
      }
      take(size, body);
      if (!line().isEmpty()) {
        throw malformed("a chunk is longer than its length");
      }
    }
    while (!line().isEmpty()) {
      // A trailer says nothing that is needed here.
    }
    return body.toByteArray();
  }

  private byte[] untilEnd() throws IOException {
    keepsAlive = false;
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (next < end || fill()) {
      take(end - next, body);
    }
    return body.toByteArray();
  }

  private void take(long bytes, ByteArrayOutputStream into) throws IOException {
    if (into.size() + bytes > MAX_BODY) {
      throw malformed("it is longer than 1 MiB");
    }
    long left = bytes;
    while (left > 0) {
      require();
      int part = (int) Math.min(left, end - next);
      into.write(buffer, next, part);
      next += part;
      left -= part;
    }
  }

  /// One line of a head, without its end. Other ends than CR LF are taken, as RFC 9112 allows.
  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    while (true) {
      require();
      int from = next;
      while (next < end && buffer[next] != '\n') {
        next++;
      }
      line.append(new String(buffer, from, next - from, StandardCharsets.ISO_8859_1));
      headLeft -= next - from + 1;
      if (headLeft < 0) {
        throw malformed("its head is longer than 16 KiB");
      }
      if (next < end) {
        next++;
        int last = line.length() - 1;
        if (last >= 0 && line.charAt(last) == '\r') {
          line.setLength(last);
        }
        return line.toString();
      }
    }
  }

  private void require() throws IOException {
    if (next == end && !fill()) {
      throw new EOFException("the connection was closed");
    }
  }

  private boolean fill() throws IOException {
    next = 0;
    end = Math.max(0, in.read(buffer));
    return end > 0;
  }

  private static ProtocolException malformed(String what) {
    return new ProtocolException(
        "its answer is malformed: "
            + (what.length() > SHOWN ? what.substring(0, SHOWN) + "…" : what));
  }
}
