package dev.millrace.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What a client sends, read ahead by a few kilobytes. While a connection is idle that is all the
/// memory it has. For one thread.
final class ConnectionInput implements AutoCloseable {
  /// A usual request with one event.
  private static final int SMALL = 2 << 10;

  private final InputStream in;

  /// What the buffer has beyond the small one.
  private final InFlight.Lease lease;

  private byte[] buffer = new byte[SMALL];
  private int at;
  private int end;

  ConnectionInput(InputStream in, InFlight inFlight) {
    this.in = in;
    this.lease = inFlight.lease();
  }

  /// Waits until there is something.
  ///
  /// @return whether there is; false if nothing more comes
  boolean await() throws IOException, Refusal {
    if (at < end) {
      return true;
    }
    at = 0;
    end = 0;
    if (buffer.length > SMALL) {
      buffer = new byte[SMALL];
      lease.close();
    }
    return fill();
  }

  private boolean fill() throws IOException, Refusal {
    if (end == buffer.length) {
      if (at > 0) {
        System.arraycopy(buffer, at, buffer, 0, end - at);
        end -= at;
        at = 0;
      } else {
        if (!lease.grow(buffer.length)) {
          throw Refusal.unavailable("the edge is full", 1);
        }
        buffer = Arrays.copyOf(buffer, 2 * buffer.length);
      }
    }
    int read = in.read(buffer, end, buffer.length - end);
    if (read < 0) {
      return false;
    }
    end += read;
    return true;
  }

  /// Skips empty lines, which RFC 9112 2.2 forgives before a request.
  private void skipEmptyLines() {
    while (at + 1 < end && buffer[at] == '\r' && buffer[at + 1] == '\n') {
      at += 2;
    }
  }

  /// Reads the head of a request.
  ///
  /// @return null if the client has sent nothing but empty lines, and then no more
  /// @throws Refusal if it is none, too long, or not whole
  RequestHead head() throws IOException, Refusal {
    int looked = 0;
    while (true) {
      int before = at;
      skipEmptyLines();
      if (at > before) {
        looked = 0;
      }
      // An end of three bytes may have been seen before.
      int from = at + Math.max(0, looked - 3);
      for (int i = from; i + 3 < end; i++) {
        if (buffer[i] == '\r'
            && buffer[i + 1] == '\n'
            && buffer[i + 2] == '\r'
            && buffer[i + 3] == '\n') {
          RequestHead head = RequestHead.parse(buffer, at, i + 2);
          at = i + 4;
          return head;
        }
      }
      looked = end - at;
      if (looked >= HttpLimits.MAX_HEAD_BYTES) {
        throw tooLong();
      }
      if (!fill()) {
        if (looked == 0) {
          return null;
        }
        throw new Refusal(400, "the head of the request ends too early");
      }
    }
  }

  private Refusal tooLong() {
    for (int i = at; i < end; i++) {
      if (buffer[i] == '\n') {
        return new Refusal(
            431, "the headers have more than " + HttpLimits.MAX_HEAD_BYTES + " bytes");
      }
    }
    return new Refusal(
        414, "the request line has more than " + HttpLimits.MAX_HEAD_BYTES + " bytes");
  }

  /// Reads a line that ends in CRLF, and leaves its line break out.
  ///
  /// @param limit the most bytes it may have
  /// @throws Refusal if it is longer, or not whole
  String line(int limit) throws IOException, Refusal {
    int length = 0;
    while (true) {
      for (; at + length + 1 < end; length++) {
        byte next = buffer[at + length];
        boolean ends = next == '\r' && buffer[at + length + 1] == '\n';
        boolean control = (next >= 0 && next < ' ' && next != '\t') || next == 0x7f;
        if (length > limit || (control && !ends)) {
          throw new Refusal(400, "a line between chunks is too long, or has a control character");
        }
        if (ends) {
          String line = new String(buffer, at, length, StandardCharsets.ISO_8859_1);
          at += length + 2;
          return line;
        }
      }
      if (!fill()) {
        throw endsTooEarly();
      }
    }
  }

  /// Reads so many bytes.
  ///
  /// @throws Refusal if there are not so many
  void readFully(byte[] target, int from, int length) throws IOException, Refusal {
    int buffered = Math.min(length, end - at);
    System.arraycopy(buffer, at, target, from, buffered);
    at += buffered;
    for (int done = buffered; done < length; ) {
      int read = in.read(target, from + done, length - done);
      if (read < 0) {
        throw endsTooEarly();
      }
      done += read;
    }
  }

  private static Refusal endsTooEarly() {
    return new Refusal(400, "the body ends too early");
  }

  /// Reads so many bytes, and forgets them.
  ///
  /// @return whether there were so many
  boolean skip(long length) throws IOException, Refusal {
    for (long left = length; left > 0; ) {
      if (at == end) {
        at = 0;
        end = 0;
        if (!fill()) {
          return false;
        }
      }
      int step = (int) Math.min(left, end - at);
      at += step;
      left -= step;
    }
    return true;
  }

  @Override
  public void close() {
    lease.close();
  }
}
