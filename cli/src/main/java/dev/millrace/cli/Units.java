package dev.millrace.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Values with their unit, as options take them and as results show them.
final class Units {
  private static final Pattern NUMBER_AND_UNIT =
      Pattern.compile("(-?\\d{1,15}(?:\\.\\d{1,9})?)\\s*([a-zA-Z]*)(/s)?");

  private static final Map<String, Long> NANOS =
      Map.of(
          "us", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L,
          "d", 86_400_000_000_000L);

  private static final Map<String, Long> MULTIPLES =
      Map.of("", 1L, "k", 1_000L, "m", 1_000_000L, "K", 1_000L, "M", 1_000_000L);

  private Units() {}

  /// `500ms`, `5s`, `2m`, `1h`, `7d`.
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
      if (!matcher.matches() || matcher.group(3) != null || !NANOS.containsKey(matcher.group(2))) {
        throw new TypeConversionException(
            "'" + text + "' is not a duration; write it with a unit: 500ms, 5s, 2m, 1h, 7d");
      }
      BigDecimal nanos =
          new BigDecimal(matcher.group(1))
              .multiply(BigDecimal.valueOf(NANOS.get(matcher.group(2))));
      try {
        return Duration.ofNanos(nanos.longValueExact());
      } catch (ArithmeticException e) {
        throw new TypeConversionException("'" + text + "' is not a duration of 1ns to 292 years");
      }
    }
  }

  /// `500`, `20k`, `50k/s`, `1.5m`: events a second.
  static final class RateConverter implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
      if (!matcher.matches() || !MULTIPLES.containsKey(matcher.group(2))) {
        throw new TypeConversionException(
            "'" + text + "' is not a rate; write events a second: 500, 20k, 50k/s, 1.5m");
      }
      return new BigDecimal(matcher.group(1))
          .multiply(BigDecimal.valueOf(MULTIPLES.get(matcher.group(2))))
          .doubleValue();
    }
  }

  /// `1,234,567`.
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /// Microseconds for people: `812 µs`, `1.83 ms`, `2.10 s`.
  static String micros(double us) {
    if (us < 1_000) {
      return String.format(Locale.ROOT, "%.0f µs", us);
    }
    return us < 1_000_000
        ? String.format(Locale.ROOT, "%.2f ms", us / 1_000)
        : String.format(Locale.ROOT, "%.2f s", us / 1_000_000);
  }
}
