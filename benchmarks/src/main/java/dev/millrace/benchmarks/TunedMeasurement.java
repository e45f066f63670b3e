package dev.millrace.benchmarks;

import dev.millrace.events.RequestEvent;
import java.nio.ByteBuffer;
import org.apache.kafka.common.utils.ByteUtils;

/// What a window needs of an event, and all that [TunedTopology] sends through its repartition
/// topic: some seven bytes, where the event has 160.
///
/// @param durationUs negative if unknown
record TunedMeasurement(int status, long durationUs, long bytes) {
  private static final int MAX_BYTES = 3 * 10;

  static TunedMeasurement of(RequestEvent event) {
    return new TunedMeasurement(event.status(), event.durationUs().orElse(-1), event.bytes());
  }

  boolean isError() {
    return RequestEvent.isError(status);
  }

  boolean isClientError() {
    return RequestEvent.isClientError(status);
  }

  byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(MAX_BYTES);
    ByteUtils.writeVarlong(status, out);
    ByteUtils.writeVarlong(durationUs, out);
    ByteUtils.writeVarlong(bytes, out);
    byte[] written = new byte[out.flip().remaining()];
    out.get(written);
    return written;
  }

  static TunedMeasurement decode(byte[] encoded) {
    ByteBuffer in = ByteBuffer.wrap(encoded);
    return new TunedMeasurement(
        (int) ByteUtils.readVarlong(in), ByteUtils.readVarlong(in), ByteUtils.readVarlong(in));
  }
}
