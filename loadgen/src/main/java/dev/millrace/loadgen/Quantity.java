package dev.millrace.loadgen;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Values with their unit, as options and scenario files have them. What cannot be read is refused
/// with an [IllegalArgumentException] whose message has the text and what would do.
public final class Quantity {
  private static final Pattern NUMBER_AND_UNIT =
      Pattern.compile("(-?\\d{1,15}(?:\\.\\d{1,9})?)\\s*([a-zA-Zµ]*)(/s)?");
  private static final Pattern SHARE = Pattern.compile("(-?\\d{1,3}(?:\\.\\d{1,9})?)\\s*(%?)");

  private static final Map<String, Long> NANOS =
      Map.of(
          "us", 1_000L,
          "µs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L,
          "d", 86_400_000_000_000L);

  private static final Map<String, Long> MULTIPLES =
      Map.of("", 1L, "k", 1_000L, "m", 1_000_000L, "K", 1_000L, "M", 1_000_000L);

  private static final Map<String, Long> BYTES =
      Map.of("", 1L, "B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

  private Quantity() {}

  /// `500ms`, `5s`, `2m`, `1h`, `7d`.
  public static Duration duration(String text) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
    if (!matcher.matches() || matcher.group(3) != null || !NANOS.containsKey(matcher.group(2))) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a duration; write it with a unit: 500ms, 5s, 2m, 1h, 7d");
    }
    try {
      return Duration.ofNanos(product(matcher, NANOS).longValueExact());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("'" + text + "' is not a duration of 1ns to 292 years", e);
    }
  }

  /// `500`, `20k`, `50k/s`, `1.5m`: events a second.
  public static double rate(String text) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
    if (!matcher.matches() || !MULTIPLES.containsKey(matcher.group(2))) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a rate; write events a second: 500, 20k, 50k/s, 1.5m");
    }
    return product(matcher, MULTIPLES).doubleValue();
  }

  /// `500`, `20k`, `1.5m`: a number of events.
  static double count(String text) {
    if (text.endsWith("/s")) {
      throw new IllegalArgumentException("'" + text + "' is not a number; write 500, 20k, 1.5m");
    }
    return rate(text);
  }

  /// `0.5%`, `0.005`: a part of one.
  public static double share(String text) {
    Matcher matcher = SHARE.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a share; write a percentage or a part of one: 0.5%, 0.005");
    }
    double number = Double.parseDouble(matcher.group(1));
    double share = matcher.group(2).isEmpty() ? number : number / 100;
    if (share < 0 || share > 1) {
      throw new IllegalArgumentException("'" + text + "' is not a share of 0% to 100%");
    }
    return share;
  }

  /// `512`, `2KiB`, `4MiB`: bytes.
  public static int size(String text) {
    Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
    if (!matcher.matches() || matcher.group(3) != null || !BYTES.containsKey(matcher.group(2))) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a size; write bytes: 512, 512B, 2KiB");
    }
    try {
      return product(matcher, BYTES).intValueExact();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("'" + text + "' is not a whole number of bytes", e);
    }
  }

  private static BigDecimal product(Matcher matcher, Map<String, Long> units) {
    return new BigDecimal(matcher.group(1))
        .multiply(BigDecimal.valueOf(units.get(matcher.group(2))));
  }

  /// A duration as [#duration(String)] reads it.
  static String text(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
  }

  /// Microseconds for people: `812 µs`, `1.83 ms`, `2.10 s`.
  public static String micros(double us) {
    if (us < 1_000) {
      return String.format(Locale.ROOT, "%.0f µs", us);
    }
    return us < 1_000_000
        ? String.format(Locale.ROOT, "%.2f ms", us / 1_000)
        : String.format(Locale.ROOT, "%.2f s", us / 1_000_000);
  }

  /// A number without a needless fraction.
  static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
