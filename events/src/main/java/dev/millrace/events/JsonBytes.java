package dev.millrace.events;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Looking at JSON text, a byte or eight at a time: a word has the first byte in its lowest.
///
/// A search answers with the high bit set in each byte that stops it. Carries may set bits above
/// the first stop, never below: only the first one counts, which is [#firstStop(long)]. Sources:
/// Mycroft's null byte test; Lemire, "Quickly parsing eight digits".
final class JsonBytes {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = ONES << 7;

  private static final long[] POWERS_OF_TEN = {
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000
  };

  private JsonBytes() {}

  /// The byte at a position; 0 past the end.
  static int byteAt(byte[] text, int end, int at) {
    return at < end ? text[at] : 0;
  }

  /// The next position that is no whitespace.
  static int skipSpace(byte[] text, int end, int from) {
    int at = from;
    while (at < end
        && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
      at++;
    }
    return at;
  }

  /// The eight bytes from a position on; those past the end are 0, which stops every search.
  ///
  /// @param end of the text in the array, eight bytes from its beginning or more
  /// @param at not negative; may be past the end
  static long word(byte[] text, int end, int at) {
    int past = at - (end - Long.BYTES);
    if (past <= 0) {
      return (long) LONGS.get(text, at);
    }
    return past < Long.BYTES ? (long) LONGS.get(text, end - Long.BYTES) >>> (past * Byte.SIZE) : 0;
  }

  /// At most eight characters as a word.
  static long ascii(String text) {
    return word(Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), Long.BYTES), Long.BYTES, 0);
  }

  /// Stops at a quote, a backslash, a '|', a control character, and all that is not ASCII.
  static long textStops(long word) {
    // A subtraction borrows into the high bit of what is too small. Flipping bit 1 puts the quote
    // right above the control characters; setting bit 5 makes a backslash a '|'.
    long quoteOrControl = (word ^ 0x02 * ONES) - 0x21 * ONES;
    long backslashOrBar = ((word | 0x20 * ONES) ^ '|' * ONES) - ONES;
    return (quoteOrControl | backslashOrBar | word) & HIGH_BITS;
  }

  /// Stops at what is not a digit.
  static long digitStops(long word) {
    long values = word ^ '0' * ONES;
    return ((values + (0x80 - 10) * ONES) | values) & HIGH_BITS;
  }

  /// How many bytes stand before the first stop; 8 if there is none.
  static int firstStop(long stops) {
    return Long.numberOfTrailingZeros(stops) >>> 3;
  }

  /// Writes the first digits of a word behind a number: 12 and "345,…" make 12,345.
  ///
  /// @param length how many digits, 0 to 8
  static long append(long number, long word, int length) {
    if (length == 0) {
      return number;
    }
    // What is shifted in stands for leading zeros. Neighbours are joined to pairs, pairs to fours,
    // fours to eight.
    long values = (word ^ '0' * ONES) << ((Long.BYTES - length) * Byte.SIZE);
    long pairs = values * 10 + (values >>> 8);
    long even = (pairs & 0x0000_00FF_0000_00FFL) * ((1_000_000L << 32) + 100);
    long odd = (pairs >>> 16 & 0x0000_00FF_0000_00FFL) * ((10_000L << 32) + 1);
    return number * POWERS_OF_TEN[length] + ((even + odd) >>> 32);
  }
}
