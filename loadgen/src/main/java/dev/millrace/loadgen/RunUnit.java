package dev.millrace.loadgen;

import java.util.Locale;
import java.util.OptionalDouble;

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
    try {
      double value =
          switch (this) {
            case MICROS -> Quantity.duration(text).toNanos() / 1e3;
            case PER_S -> Quantity.rate(text);
            case COUNT -> Quantity.count(text);
            case SHARE -> Quantity.share(text);
            case TRUTH -> throw new IllegalStateException(text);
          };
      return value < 0 ? OptionalDouble.empty() : OptionalDouble.of(value);
    } catch (IllegalArgumentException e) {
      return OptionalDouble.empty();
    }
  }

  /// `1.83 ms`, `49,990/s`, `1,234`, `0.100 %`, `true`.
  String show(double value) {
    return switch (this) {
      case MICROS -> Quantity.micros(value);
      case PER_S -> format(value < 100 && value != Math.rint(value) ? "%.2f/s" : "%,.0f/s", value);
      case COUNT -> format("%,.0f", value);
      case SHARE -> format("%.3f %%", 100 * value);
      case TRUTH -> value == 0 ? "false" : "true";
    };
  }

  private static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
