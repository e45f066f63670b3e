package dev.millrace.cli;

import dev.millrace.loadgen.Quantity;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.function.Function;

/// A time as an option takes it.
final class PointInTime {
  /// Below this, a number is seconds: as milliseconds it would be before 1974.
  private static final long SMALLEST_MS = 100_000_000_000L;

  /// The year 2286, up to which seconds have ten digits.
  private static final long LARGEST_MS = 10_000_000_000_000L;

  private static final List<Function<String, Instant>> ISO =
      List.of(
          text -> OffsetDateTime.parse(text).toInstant(),
          text -> LocalDateTime.parse(text).toInstant(ZoneOffset.UTC),
          text -> LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC));

  private PointInTime() {}

  /// `now`, `-15m`, `2026-11-21T10:00:00Z`, `2026-11-21`, or seconds or milliseconds since 1970.
  ///
  /// @param option named in refusals
  /// @param now what `now` is
  /// @throws IllegalArgumentException with option, text and what would do
  static Instant parse(String option, String text, Instant now) {
    try {
      if (text.equals("now")) {
        return now;
      }
      if (text.matches("\\d{1,16}")) {
        return ofEpoch(Long.parseLong(text));
      }
      if (text.matches("[-+]\\d.*") && !text.matches("[-+]\\d{4,}-.*")) {
        Duration distance = Quantity.duration(text.substring(1));
        return text.startsWith("-") ? now.minus(distance) : now.plus(distance);
      }
      return ofIso(text.replace(' ', 'T'));
    } catch (DateTimeException | IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "%s '%s' is not a time; write now, -15m, 2026-11-21T10:00:00Z, 2026-11-21 (UTC), or seconds or milliseconds since 1970"
              .formatted(option, text),
          e);
    }
  }

  private static Instant ofEpoch(long number) {
    if (number >= LARGEST_MS) {
      throw new IllegalArgumentException("too large");
    }
    return number < SMALLEST_MS ? Instant.ofEpochSecond(number) : Instant.ofEpochMilli(number);
  }

  private static Instant ofIso(String text) {
    DateTimeParseException refusal = null;
    for (Function<String, Instant> form : ISO) {
      try {
        return form.apply(text);
      } catch (DateTimeParseException e) {
        refusal = e;
      }
    }
    throw refusal;
  }
}
