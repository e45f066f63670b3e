package dev.millrace.events;

import java.nio.ByteBuffer;

/// Whole numbers in as few bytes as they need: seven bits a byte, lowest first, the top bit set in
/// all but the last (LEB128). Kafka has the same, but not for others to call.
public final class Varint {
  /// Bytes of the longest one.
  public static final int MAX_BYTES = 10;

  private Varint() {}

  /// Writes a number; one that is not negative takes at most 9 bytes, others 10.
  public static void write(long value, ByteBuffer out) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  /// Reads what [#write] wrote.
  ///
  /// @throws java.nio.BufferUnderflowException if the bytes end within it
  public static long read(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
