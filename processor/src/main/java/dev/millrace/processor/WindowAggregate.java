package dev.millrace.processor;

import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.Varint;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Running totals of one series in one window.
class WindowAggregate {
  private static final WindowSize[] SIZES = WindowSize.values();
  private static final int NUMBERS = 6 + SIZES.length;

  private long requests;
  private long errors;
  private long clientErrors;
  private long bytes;
  private long durationSumUs;
  private long durationMaxUs;
  // By size: an event can be late for its second and in time for its minute.
  private final long[] late = new long[SIZES.length];
  private final LatencySketch sketch = new LatencySketch();

  /// Counts an event.
  ///
  /// @param durationUs microseconds, negative if it has none
  final void add(int status, long durationUs, long eventBytes) {
    requests++;
    if (status >= 400) {
      errors += RequestEvent.isError(status) ? 1 : 0;
      clientErrors += RequestEvent.isClientError(status) ? 1 : 0;
    }
    bytes += eventBytes;
    if (durationUs >= 0) {
      sketch.add(durationUs);
      durationSumUs += durationUs;
      durationMaxUs = Math.max(durationMaxUs, durationUs);
    }
  }

  @SuppressWarnings("EnumOrdinal") // an EnumMap in each of 100,000 windows costs more than counts
  private static int index(WindowSize size) {
    return size.ordinal();
  }

  /// Notes that an event came when the windows of this size were over.
  final void addLate(WindowSize size) {
    late[index(size)]++;
  }

  final void merge(WindowAggregate other) {
    requests += other.requests;
    errors += other.errors;
    clientErrors += other.clientErrors;
    bytes += other.bytes;
    durationSumUs += other.durationSumUs;
    durationMaxUs = Math.max(durationMaxUs, other.durationMaxUs);
    for (int i = 0; i < late.length; i++) {
      late[i] += other.late[i];
    }
    sketch.merge(other.sketch);
  }

  /// Begins anew with the memory of before.
  final void clear() {
    requests = 0;
    errors = 0;
    clientErrors = 0;
    bytes = 0;
    durationSumUs = 0;
    durationMaxUs = 0;
    Arrays.fill(late, 0);
    sketch.clear();
  }

  final long requests() {
    return requests;
  }

  /// Room that [#write] needs at most.
  final int maxBytes() {
    return NUMBERS * Varint.MAX_BYTES + sketch.maxBytes();
  }

  final void write(ByteBuffer out) {
    Varint.write(requests, out);
    Varint.write(errors, out);
    Varint.write(clientErrors, out);
    Varint.write(bytes, out);
    Varint.write(durationSumUs, out);
    Varint.write(durationMaxUs, out);
    for (long count : late) {
      Varint.write(count, out);
    }
    sketch.write(out);
  }

  /// Adds what [#write] has written.
  final void merge(ByteBuffer in) {
    requests += Varint.read(in);
    errors += Varint.read(in);
    clientErrors += Varint.read(in);
    bytes += Varint.read(in);
    durationSumUs += Varint.read(in);
    durationMaxUs = Math.max(durationMaxUs, Varint.read(in));
    for (int i = 0; i < late.length; i++) {
      late[i] += Varint.read(in);
    }
    sketch.merge(in);
  }

  /// These totals as a row.
  final WindowSummary summary(WindowSize size, long startMs, Series series, int revision) {
    boolean timed = sketch.count() > 0;
    return new WindowSummary(
        startMs,
        size.ms(),
        series.service(),
        series.route(),
        requests,
        errors,
        clientErrors,
        bytes,
        requests * 1000.0 / size.ms(),
        timed ? sketch.stats(durationSumUs, durationMaxUs) : null,
        timed ? sketch.histogram() : null,
        late[index(size)],
        revision,
        true);
  }
}
