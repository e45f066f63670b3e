package dev.millrace.sink;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.WindowSummary;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// What some windows have counted, added up. Not thread-safe.
final class SeriesCounts {
  private static final int NUMBERS = 5;

  private long requests;
  private long errors;
  private long clientErrors;
  private long bytes;
  private double durationSumUs;
  private final LatencySketch durations = new LatencySketch();

  static SeriesCounts of(WindowSummary row) {
    SeriesCounts counts = new SeriesCounts();
    counts.requests = row.requests();
    counts.errors = row.errors();
    counts.clientErrors = row.clientErrors();
    counts.bytes = row.bytes();
    DurationStats stats = row.durationUs();
    if (stats != null) {
      counts.durationSumUs = stats.mean() * stats.count();
      counts.durations.merge(new LatencySketch(row.histogram()));
    }
    return counts;
  }

  void add(SeriesCounts other) {
    requests += other.requests;
    errors += other.errors;
    clientErrors += other.clientErrors;
    bytes += other.bytes;
    durationSumUs += other.durationSumUs;
    durations.merge(other.durations);
  }

  /// Takes off what another one has counted.
  ///
  /// @return false, and nothing has changed, if that is more than this has
  boolean remove(SeriesCounts other) {
    if (requests < other.requests
        || errors < other.errors
        || clientErrors < other.clientErrors
        || bytes < other.bytes
        || !durations.remove(other.durations)) {
      return false;
    }
    requests -= other.requests;
    errors -= other.errors;
    clientErrors -= other.clientErrors;
    bytes -= other.bytes;
    durationSumUs = Math.max(0, durationSumUs - other.durationSumUs);
    return true;
  }

  /// All of it in few bytes: a sketch on the heap is some kilobytes of mostly empty buckets.
  ByteBuffer pack() {
    ByteBuffer out = ByteBuffer.allocate(NUMBERS * Long.BYTES + durations.maxBytes());
    out.putLong(requests).putLong(errors).putLong(clientErrors).putLong(bytes);
    out.putDouble(durationSumUs);
    durations.write(out);
    return ByteBuffer.wrap(Arrays.copyOf(out.array(), out.position()));
  }

  /// What [#pack()] has packed.
  static SeriesCounts unpack(ByteBuffer packed) {
    ByteBuffer in = packed.duplicate();
    SeriesCounts counts = new SeriesCounts();
    counts.requests = in.getLong();
    counts.errors = in.getLong();
    counts.clientErrors = in.getLong();
    counts.bytes = in.getLong();
    counts.durationSumUs = in.getDouble();
    counts.durations.merge(in);
    return counts;
  }

  long requests() {
    return requests;
  }

  long errors() {
    return errors;
  }

  long clientErrors() {
    return clientErrors;
  }

  long bytes() {
    return bytes;
  }

  /// Sum of all durations, in microseconds.
  double durationSumUs() {
    return durationSumUs;
  }

  LatencySketch durations() {
    return durations;
  }
}
