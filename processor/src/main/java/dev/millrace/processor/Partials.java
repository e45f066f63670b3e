package dev.millrace.processor;

import dev.millrace.events.Varint;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What combine sends to merge, as bytes. Three kinds of records, told apart by their first byte:
///
/// - aggregates: key = series, then for each window its start and its [WindowAggregate]
/// - late events: key = series, then for each window its start and their number
/// - a [SourceWatermark], for every partition of the topic, with an empty key
///
/// All numbers are [Varint]s.
final class Partials {
  static final byte AGGREGATES = 1;
  static final byte LATE = 2;
  static final byte WATERMARK = 3;

  static final byte[] NO_KEY = {};

  private Partials() {}

  static byte[] write(SourceWatermark watermark) {
    ByteBuffer out = ByteBuffer.allocate(2 + 3 * Varint.MAX_BYTES);
    out.put(WATERMARK);
    Varint.write(watermark.partition(), out);
    Varint.write(watermark.partitions(), out);
    Varint.write(watermark.time(), out);
    out.put((byte) (watermark.idle() ? 1 : 0));
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return bytes;
  }

  /// @param in behind the first byte
  static SourceWatermark readWatermark(ByteBuffer in) {
    return new SourceWatermark(
        (int) Varint.read(in), (int) Varint.read(in), Varint.read(in), in.get() == 1);
  }

  /// Where a record goes: watermarks to every partition, all others by their key.
  static Optional<Set<Integer>> partitions(
      String topic, byte[] key, byte[] value, int numPartitions) {
    return value[0] == WATERMARK
        ? Optional.of(IntStream.range(0, numPartitions).boxed().collect(Collectors.toSet()))
        : Optional.empty();
  }
}
