package dev.millrace.processor;

import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.InvalidEventException;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.function.Function;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/// What the topology reads and writes as bytes: JSON at the contract's two ends, compact binary in
/// between, where the bytes are this topology's own.
final class ProcessorSerdes {
  private ProcessorSerdes() {}

  /// Raw events. A record that is no event throws, and so gets to the dead letter queue; that
  /// includes one without a value, which Streams would drop in silence.
  static Serde<RequestEvent> event(RequestEventCodec codec) {
    return Serdes.serdeFrom(
        (topic, event) -> codec.encode(event),
        (topic, json) -> {
          if (json == null) {
            throw new InvalidEventException("record has no value");
          }
          return codec.decode(json);
        });
  }

  static Serde<Series> series() {
    return serde(
        series -> series.key().getBytes(StandardCharsets.UTF_8),
        bytes -> Series.parse(new String(bytes, StandardCharsets.UTF_8)));
  }

  /// The window's start comes first, big-endian, so that a store sorts by time.
  static Serde<SeriesWindow> seriesWindow() {
    return serde(
        key -> {
          byte[] series = key.series().key().getBytes(StandardCharsets.UTF_8);
          return ByteBuffer.allocate(8 + series.length).putLong(key.startMs()).put(series).array();
        },
        bytes ->
            new SeriesWindow(
                ByteBuffer.wrap(bytes).getLong(),
                Series.parse(new String(bytes, 8, bytes.length - 8, StandardCharsets.UTF_8))));
  }

  static Serde<WindowSummary> summary() {
    return serde(
        JsonRecords.WINDOWS::encode,
        json -> {
          try {
            return JsonRecords.WINDOWS.decode(json);
          } catch (IOException e) {
            throw new SerializationException("not a window row", e);
          }
        });
  }

  static Serde<Measurement> measurement() {
    return serde(ProcessorSerdes::write, ProcessorSerdes::readMeasurement);
  }

  private static byte[] write(Measurement measurement) {
    ByteBuffer out = ByteBuffer.allocate(3 * Varint.MAX_BYTES);
    Varint.write(measurement.status(), out);
    // An absent duration is written as 0, others one higher.
    Varint.write(
        measurement.durationUs().isPresent() ? measurement.durationUs().getAsLong() + 1 : 0, out);
    Varint.write(measurement.bytes(), out);
    return written(out);
  }

  private static Measurement readMeasurement(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int status = (int) Varint.read(in);
    long duration = Varint.read(in);
    return new Measurement(
        status,
        duration == 0 ? OptionalLong.empty() : OptionalLong.of(duration - 1),
        Varint.read(in));
  }

  static Serde<WindowAggregate> aggregate() {
    return serde(ProcessorSerdes::write, ProcessorSerdes::readAggregate);
  }

  private static byte[] write(WindowAggregate aggregate) {
    ExponentialHistogram histogram = aggregate.sketch.histogram();
    long[] counts = histogram.bucketCounts();
    ByteBuffer out = ByteBuffer.allocate((9 + counts.length) * Varint.MAX_BYTES);
    Varint.write(aggregate.requests, out);
    Varint.write(aggregate.errors, out);
    Varint.write(aggregate.clientErrors, out);
    Varint.write(aggregate.bytes, out);
    Varint.write(aggregate.durationSumUs, out);
    Varint.write(aggregate.durationMaxUs, out);
    Varint.write(histogram.zeroCount(), out);
    out.putInt(histogram.offset());
    Varint.write(counts.length, out);
    for (long count : counts) {
      Varint.write(count, out);
    }
    return written(out);
  }

  private static byte[] written(ByteBuffer out) {
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return bytes;
  }

  private static WindowAggregate readAggregate(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    WindowAggregate aggregate = new WindowAggregate();
    aggregate.requests = Varint.read(in);
    aggregate.errors = Varint.read(in);
    aggregate.clientErrors = Varint.read(in);
    aggregate.bytes = Varint.read(in);
    aggregate.durationSumUs = Varint.read(in);
    aggregate.durationMaxUs = Varint.read(in);
    long zeroCount = Varint.read(in);
    int offset = in.getInt();
    long[] counts = new long[(int) Varint.read(in)];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = Varint.read(in);
    }
    aggregate.sketch = new LatencySketch(zeroCount, offset, counts);
    return aggregate;
  }

  /// No bytes are read as no value, and the other way round: Streams asks for that where an entry
  /// has no older state, or is deleted.
  private static <T> Serde<T> serde(Function<T, byte[]> write, Function<byte[], T> read) {
    return Serdes.serdeFrom(
        (topic, value) -> value == null ? null : write.apply(value),
        (topic, bytes) -> bytes == null ? null : read.apply(bytes));
  }
}
