package dev.millrace.loadgen;

import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a figure of a run is measured in: how it is shown, and how a limit for it is written.
enum RunUnit {
  /// Microseconds.
  MICROS("a duration: 500us, 20ms, 2s"),

  /// Events a second.
  PER_S("events a second: 500, 20k, 50k/s, 1.5m"),

  /// Events.
  COUNT("a number: 0, 500, 20k, 1.5m"),

  /// 0 to 1.
  SHARE("a share: 0.1% or 0.001"),

  /// 1 for true, 0 for false.
  TRUTH("true or false");

  private static final Map<String, Double> DURATIONS =
      Map.of("us", 1.0, "µs", 1.0, "ms", 1e3, "s", 1e6, "m", 6e7);
  private static final Map<String, Double> NUMBERS =
      Map.of("", 1.0, "k", 1e3, "K", 1e3, "m", 1e6, "M", 1e6);
  private static final Map<String, Double> SHARES = Map.of("", 1.0, "%", 0.01);

  private static final Pattern NUMBER_AND_UNIT =
      Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?)\\s*([a-zA-Zµ%]*)(/s)?");

  private final String expected;

  RunUnit(String expected) {
    this.expected = expected;
  }

  /// What a value of this unit looks like, for a sentence.
  String expected() {
    return expected;
  }

  /// A value as a person writes it; empty if it is none of this unit.
  OptionalDouble parse(String text) {
    if (this == TRUTH) {
      return switch (text) {
        case "true" -> OptionalDouble.of(1);
        case "false" -> OptionalDouble.of(0);
        default -> OptionalDouble.empty();
      };
    }
    Map<String, Double> multiples =
        switch (this) {
          case MICROS -> DURATIONS;
          case PER_S, COUNT -> NUMBERS;
          case SHARE -> SHARES;
          case TRUTH -> Map.of();
        };
    Matcher matcher = NUMBER_AND_UNIT.matcher(text);
    if (!matcher.matches()
        || !multiples.containsKey(matcher.group(2))
        || (matcher.group(3) != null && this != PER_S)) {
      return OptionalDouble.empty();
    }
    double value = Double.parseDouble(matcher.group(1)) * multiples.get(matcher.group(2));
    return this == SHARE && value > 1 ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /// `1.83 ms`, `49,990/s`, `1,234`, `0.100 %`, `true`.
  String show(double value) {
    return switch (this) {
      case MICROS -> micros(value);
      case PER_S -> format(value < 100 && value != Math.rint(value) ? "%.2f/s" : "%,.0f/s", value);
      case COUNT -> format("%,.0f", value);
      case SHARE -> format("%.3f %%", 100 * value);
      case TRUTH -> value == 0 ? "false" : "true";
    };
  }

  private static String micros(double us) {
    if (us < 1_000) {
      return format("%.0f µs", us);
    }
    return us < 1_000_000 ? format("%.2f ms", us / 1_000) : format("%.2f s", us / 1_000_000);
  }

  private static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
