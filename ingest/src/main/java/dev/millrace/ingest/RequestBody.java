package dev.millrace.ingest;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// The body of one request: read when it is clear that it is wanted and that there is room for it.
/// For one thread. What it holds of the room is given back when it is closed.
final class RequestBody implements AutoCloseable {
  private static final byte[] CONTINUE =
      "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /// Rather read than lose the connection.
  private static final int MAX_SKIPPED = 64 << 10;

  /// A size and extensions, RFC 9112 7.1.
  private static final Pattern CHUNK_LINE = Pattern.compile("([0-9a-fA-F]{1,16})[ \\t]*(?:;.*)?");

  private static final int MAX_CHUNK_LINE = 256;
  private static final int MAX_TRAILERS = 16;
  private static final int FIRST_CHUNKS = 4 << 10;
  private static final int GZIP_BUFFER = 8 << 10;

  private final RequestHead head;
  private final ConnectionInput in;
  private final OutputStream out;
  private final InFlight.Lease lease;
  private final int maxBytes;
  private final Runnable whenRead;
  private boolean begun;
  private boolean whole;
  private byte[] content = {};
  private int length;

  /// @param out where a client is told to go on that waits for that
  /// @param maxBytes of the body, as sent and as decoded
  /// @param whenRead told when nothing more is expected of the client
  RequestBody(
      RequestHead head,
      ConnectionInput in,
      OutputStream out,
      InFlight inFlight,
      int maxBytes,
      Runnable whenRead) {
    this.head = head;
    this.in = in;
    this.out = out;
    this.lease = inFlight.lease();
    this.maxBytes = maxBytes;
    this.whenRead = whenRead;
  }

  /// Reads and decodes it.
  ///
  /// @throws Refusal 411 if it has no length, 413 if it is too large, 415 if its encoding is
  ///   unknown, 503 if there is no room, 400 if it is broken
  void read() throws IOException, Refusal {
    boolean gzip = isGzip();
    if (!head.isChunked() && head.contentLength() < 0) {
      throw new Refusal(411, "send Content-Length or Transfer-Encoding: chunked");
    }
    if (!head.isChunked()) {
      if (head.contentLength() > maxBytes) {
        throw tooLarge();
      }
      take(head.contentLength());
    } else {
      take(FIRST_CHUNKS);
    }
    if (head.expectsContinue()) {
      out.write(CONTINUE);
    }
    begun = true;
    if (head.isChunked()) {
      readChunks();
    } else {
      length = (int) head.contentLength();
      content = new byte[length];
      in.readFully(content, 0, length);
    }
    whole = true;
    whenRead.run();
    if (gzip) {
      decode();
    }
  }

  /// What was read, as decoded, from its start to [#length()].
  byte[] content() {
    return content;
  }

  /// Bytes of [#content()] that count.
  int length() {
    return length;
  }

  private boolean isGzip() throws Refusal {
    return switch (head.contentEncoding()) {
      case "", "identity" -> false;
      case "gzip", "x-gzip" -> true;
      default ->
          throw new Refusal(
              415,
              "the only Content-Encoding understood is gzip",
              Map.of("Accept-Encoding", "gzip"));
    };
  }

  private void readChunks() throws IOException, Refusal {
    content = new byte[FIRST_CHUNKS];
    for (int chunk = chunkSize(); chunk > 0; chunk = chunkSize()) {
      if (chunk > maxBytes - length) {
        throw tooLarge();
      }
      makeRoom(length + chunk);
      in.readFully(content, length, chunk);
      length += chunk;
      if (!in.line(0).isEmpty()) {
        throw new Refusal(400, "a chunk is longer than it says");
      }
    }
    String trailer = in.line(HttpLimits.MAX_HEAD_BYTES);
    for (int trailers = 1; !trailer.isEmpty(); trailers++) {
      if (trailers > MAX_TRAILERS) {
        throw new Refusal(431, "more than " + MAX_TRAILERS + " trailers");
      }
      if (!RequestHead.isToken(trailer.substring(0, Math.max(0, trailer.indexOf(':'))))) {
        throw new Refusal(400, "a trailer is not 'Name: value'");
      }
      trailer = in.line(HttpLimits.MAX_HEAD_BYTES);
    }
  }

  private int chunkSize() throws IOException, Refusal {
    Matcher line = CHUNK_LINE.matcher(in.line(MAX_CHUNK_LINE));
    if (!line.matches()) {
      throw new Refusal(400, "the size of a chunk must be a hexadecimal number");
    }
    long bytes = Long.parseUnsignedLong(line.group(1), 16);
    if (bytes < 0 || bytes > maxBytes) {
      throw tooLarge();
    }
    return (int) bytes;
  }

  private void makeRoom(int needed) throws Refusal {
    if (needed > content.length) {
      int larger = Math.max(needed, (int) Math.min(2L * content.length, maxBytes));
      take(larger - content.length);
      content = Arrays.copyOf(content, larger);
    }
  }

  private void decode() throws IOException, Refusal {
    ByteArrayInputStream encoded = new ByteArrayInputStream(content, 0, length);
    content = new byte[0];
    length = 0;
    try (InputStream gzip = new GZIPInputStream(encoded, GZIP_BUFFER)) {
      int read = 0;
      while (read >= 0) {
        length += read;
        if (length > maxBytes) {
          throw tooLarge();
        }
        makeRoom(length + GZIP_BUFFER);
        read = gzip.read(content, length, content.length - length);
      }
    } catch (ZipException e) {
      // Read from memory: it is the client's bytes that are wrong.
      throw new Refusal(400, "not gzip: " + e.getMessage());
    } catch (EOFException e) {
      throw new Refusal(400, "gzip ends too early");
    }
  }

  /// Takes room for what is made of the body.
  ///
  /// @throws Refusal if there is none
  void hold(long bytes) throws Refusal {
    take(bytes);
  }

  private void take(long bytes) throws Refusal {
    if (!lease.grow(bytes)) {
      throw Refusal.unavailable("the edge is full; nothing of this request was accepted", 1);
    }
  }

  private Refusal tooLarge() {
    return new Refusal(413, "the body has more than " + maxBytes + " bytes; send it in parts");
  }

  /// Makes the connection fit for the next request, where it is cheap.
  ///
  /// @return whether the body is out of the way
  boolean skip() throws IOException, Refusal {
    if (whole || !head.hasBody()) {
      return true;
    }
    // A client that waits for leave to send may or may not send now.
    return !begun
        && !head.expectsContinue()
        && !head.isChunked()
        && head.contentLength() <= MAX_SKIPPED
        && in.skip(head.contentLength());
  }

  @Override
  public void close() {
    lease.close();
  }
}
