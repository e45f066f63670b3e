package dev.millrace.cli;

import dev.millrace.loadgen.Quantity;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Values with their unit, as options take them and as results show them.
final class Units {
  private static final int TOLD_DIGITS = 6;

  private Units() {}

  /// `500ms`, `5s`, `2m`, `1h`, `7d`.
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return read(text, Quantity::duration);
    }
  }

  /// `500`, `20k`, `50k/s`, `1.5m`: events a second.
  static final class RateConverter implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      return read(text, Quantity::rate);
    }
  }

  /// `512`, `64KiB`, `4MiB`: bytes.
  static final class SizeConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return read(text, Quantity::size);
    }
  }

  /// `0.5%`, `0.005`: a part of one.
  static final class ShareConverter implements ITypeConverter<Double> {
    @Override
    public Double convert(String text) {
      return read(text, Quantity::share);
    }
  }

  private static <T> T read(String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /// `1,234,567`.
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /// All digits that tell a number from others, no exponent, no fraction without need.
  static String number(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString()
        : Double.toString(value);
  }

  /// The same for people: six digits that tell something, and never fewer than before the point.
  static String rounded(double value) {
    if (!Double.isFinite(value)) {
      return number(value);
    }
    BigDecimal exact = new BigDecimal(Double.toString(value));
    int digits = Math.max(TOLD_DIGITS, exact.precision() - exact.scale());
    return number(exact.round(new MathContext(digits)).doubleValue());
  }
}
