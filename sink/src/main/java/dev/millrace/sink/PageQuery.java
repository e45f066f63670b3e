package dev.millrace.sink;

import dev.millrace.events.Series;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/// What a request to the page's API asks for. What is not understood is refused, and not ignored.
///
/// @param values by name
record PageQuery(Map<String, String> values) {
  /// A year and a day.
  static final long MAX_SPAN_MS = 366L * 24 * 3_600_000;

  /// What is shown if nothing else was asked for.
  static final long DEFAULT_SPAN_MS = 600_000;

  private static final Set<String> SPAN = Set.of("from", "to", "last");
  private static final Set<String> SERIES = Set.of("service", "route");

  PageQuery {
    values = Map.copyOf(values);
  }

  /// A span of time.
  ///
  /// @param from epoch milliseconds, inclusive
  /// @param to epoch milliseconds, exclusive, after `from`
  record Span(long from, long to) {}

  /// @throws IllegalArgumentException with a sentence about what is wrong
  static PageQuery of(URI uri) {
    Map<String, String> values = new HashMap<>();
    String query = uri.getRawQuery();
    if (query != null && !query.isEmpty()) {
      for (String pair : query.split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals));
        if (!SPAN.contains(name) && !SERIES.contains(name)) {
          throw new IllegalArgumentException(
              "'" + name + "' is no parameter: there are from, to, last, service and route");
        }
        if (values.put(name, equals < 0 ? "" : decode(pair.substring(equals + 1))) != null) {
          throw new IllegalArgumentException("'" + name + "' is given twice");
        }
      }
    }
    return new PageQuery(values);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  /// The series asked for; the total if none is.
  Series series() {
    if (values.containsKey("service") != values.containsKey("route")) {
      throw new IllegalArgumentException("service and route go together: give both, or none");
    }
    return values.containsKey("service")
        ? new Series(values.get("service"), values.get("route"))
        : Series.TOTAL;
  }

  /// The span asked for, `from` and `to` or the `last` so many milliseconds.
  ///
  /// @param newestEnd where the last milliseconds end
  Span span(long newestEnd) {
    if (values.containsKey("from") != values.containsKey("to")) {
      throw new IllegalArgumentException(
          "from and to go together: give both, or last=MILLISECONDS");
    }
    if (!values.containsKey("from")) {
      long last = number("last").orElse(DEFAULT_SPAN_MS);
      return checked(newestEnd - last, newestEnd);
    }
    if (values.containsKey("last")) {
      throw new IllegalArgumentException("give from and to, or last, but not all of them");
    }
    return checked(number("from").orElseThrow(), number("to").orElseThrow());
  }

  private static Span checked(long from, long to) {
    if (from >= to) {
      throw new IllegalArgumentException("from " + from + " must be before to " + to);
    }
    if (to - from > MAX_SPAN_MS) {
      throw new IllegalArgumentException("the span is longer than 366 days: ask for less");
    }
    return new Span(from, to);
  }

  private OptionalLong number(String name) {
    String value = values.get(name);
    if (value == null) {
      return OptionalLong.empty();
    }
    // Some thousand years: sums of these do not overflow.
    if (!value.matches("\\d{1,14}")) {
      throw new IllegalArgumentException(
          name + "=" + value + ": must be milliseconds, such as " + DEFAULT_SPAN_MS);
    }
    return OptionalLong.of(Long.parseLong(value));
  }
}
