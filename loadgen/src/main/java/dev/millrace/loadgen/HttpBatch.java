package dev.millrace.loadgen;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.producer.Callback;

/// Events that go to an edge in one request, a line each.
final class HttpBatch {
  private final long sinceNanos;
  private final ByteArrayOutputStream lines;
  private final List<Callback> callbacks;

  /// @param sinceNanos when its first event came, by [System#nanoTime()]
  /// @param events how many there will be at most
  /// @param bytes of the first
  HttpBatch(long sinceNanos, int events, int bytes) {
    this.sinceNanos = sinceNanos;
    lines = new ByteArrayOutputStream(Math.min(events, 32) * (bytes + 1));
    callbacks = new ArrayList<>(events);
  }

  void add(byte[] json, Callback whenSettled) {
    lines.writeBytes(json);
    lines.write('\n');
    callbacks.add(whenSettled);
  }

  int events() {
    return callbacks.size();
  }

  /// Bytes of all lines, not packed.
  int bytes() {
    return lines.size();
  }

  /// The same without what stands between them.
  int eventBytes() {
    return lines.size() - callbacks.size();
  }

  /// When its first event came, by [System#nanoTime()].
  long sinceNanos() {
    return sinceNanos;
  }

  /// The request's body.
  byte[] body(boolean gzip) {
    return gzip ? packed() : lines.toByteArray();
  }

  private byte[] packed() {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(lines.size() / 4 + 64);
    try (GZIPOutputStream out = new GZIPOutputStream(packed, 4_096)) {
      lines.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return packed.toByteArray();
  }

  /// Tells what the answer says of each event.
  void settle(EdgeAnswer answer) {
    for (int i = 0; i < callbacks.size(); i++) {
      callbacks.get(i).onCompletion(null, answer.failure(i + 1));
    }
  }

  /// Tells the same of all.
  void settle(NotAcknowledged failure) {
    callbacks.forEach(callback -> callback.onCompletion(null, failure));
  }
}
