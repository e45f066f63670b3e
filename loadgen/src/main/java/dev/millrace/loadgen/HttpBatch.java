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

  /// How many of them have been told.
  private int told;

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

  /// Writes the lines.
  void writeTo(ByteArrayOutputStream out) {
    try {
      lines.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
  }

  /// The lines, packed.
  byte[] packed() {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(lines.size() / 4 + 64);
    try (GZIPOutputStream out = new GZIPOutputStream(packed, 4_096)) {
      lines.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return packed.toByteArray();
  }

  // Each event is told of once, also if telling was cut short and is taken up again.

  /// Tells what the answer says of each event.
  void settle(EdgeAnswer answer) {
    while (told < callbacks.size()) {
      told++;
      callbacks.get(told - 1).onCompletion(null, answer.failure(told));
    }
  }

  /// Tells the same of all that were not told of yet.
  void settle(NotAcknowledged failure) {
    while (told < callbacks.size()) {
      told++;
      callbacks.get(told - 1).onCompletion(null, failure);
    }
  }
}
