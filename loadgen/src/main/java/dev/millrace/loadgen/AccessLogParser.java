package dev.millrace.loadgen;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Series;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.OptionalLong;

/// Lines of an access log as events.
///
///     host ident user [17/May/2015:10:05:03 +0000] "GET /path HTTP/1.1" 200 1234 "referer" "agent" 0.123
///
/// One pass over the bytes, in time proportional to their number. Of what is before the time only
/// its presence is judged, and of what is after the number of bytes only the request time of
/// [LogFormat#NGINX]: a line cut off within the user agent is still a request that was answered.
///
/// A request line that is none (`-`, TLS or SSH bytes, a target that is neither path nor URI) is a
/// request all the same, usually answered 400: its method is empty and its route [#MALFORMED].
///
/// Thread-safe: it holds nothing but settings.
final class AccessLogParser {
  /// The route of requests whose request line is not one.
  static final String MALFORMED = "(malformed)";

  /// The route of `CONNECT host:port`: what is connected to is not this service's.
  static final String AUTHORITY = "(authority)";

  private static final int TIME_LENGTH = "17/May/2015:10:05:03 +0000".length();
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
  private static final int MAX_METHOD_LENGTH = 32;
  private static final int MAX_BYTES_DIGITS = 18;
  private static final int MAX_SECONDS_DIGITS = 9;
  private static final int MAX_QUOTED = 60;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final boolean timed;
  private final String service;
  private final Clock clock;

  /// @param format [LogFormat#COMBINED] or [LogFormat#NGINX]
  /// @param service who answered; a log does not say
  /// @param clock what "now" is: events too far ahead of it are refused
  /// @throws IllegalArgumentException if the contract does not allow this name of a service
  AccessLogParser(LogFormat format, String service, Clock clock) {
    if (format != LogFormat.COMBINED && format != LogFormat.NGINX) {
      throw new IllegalArgumentException(format + " is not a format of access logs");
    }
    if (service.isEmpty() || service.equals(Series.ALL) || service.indexOf(Series.SEPARATOR) >= 0) {
      throw new IllegalArgumentException(
          "service '" + service + "' must be a name other than '*' and without '|'");
    }
    this.timed = format == LogFormat.NGINX;
    this.service = service;
    this.clock = clock;
  }

  /// Reads one line.
  ///
  /// @param line without its end
  /// @param number where it stands in its file; makes the event's id, `line-1` for the first
  /// @throws InvalidEventException if it is no line of an access log; the message says where it
  ///   ends to be one
  RequestEvent parse(byte[] line, long number) {
    int time = timeStart(line);
    long epochMillis = epochMillis(line, time);
    int request = time + TIME_LENGTH + "] \"".length();
    if (request > line.length || line[request - 2] != ' ' || line[request - 1] != '"') {
      throw new InvalidEventException("no request in quotes after the time");
    }
    int requestEnd = closingQuote(line, request);
    if (requestEnd == line.length) {
      throw new InvalidEventException("the request is not closed by a quote");
    }
    int status = status(line, requestEnd + 1);
    int bytesStart = requestEnd + " 200 ".length() + 1;
    int bytesEnd = end(line, bytesStart, ' ');
    long bytes = bytes(line, bytesStart, bytesEnd);
    OptionalLong durationUs = timed ? durationUs(line, bytesEnd) : OptionalLong.empty();

    String method = method(line, request, requestEnd);
    String route = method.isEmpty() ? MALFORMED : route(line, request, requestEnd, method);
    return new RequestEvent(
        "line-" + number,
        epochMillis,
        service,
        route,
        route.equals(MALFORMED) ? "" : method,
        status,
        durationUs,
        bytes);
  }

  /// The first byte of the time. The user may have spaces and brackets in its name, so that only
  /// what has the length of a time between brackets is taken for it.
  private static int timeStart(byte[] line) {
    int spaces = 0;
    for (int i = 0; i + TIME_LENGTH + 2 <= line.length; i++) {
      if (line[i] == ' ') {
        spaces++;
      } else if (line[i] == '['
          && line[i + TIME_LENGTH + 1] == ']'
          && spaces >= 3
          && line[i - 1] == ' ') {
        return i + 1;
      }
    }
    throw new InvalidEventException(
        "no time such as [17/May/2015:10:05:03 +0000] after host, ident and user");
  }

  private long epochMillis(byte[] line, int at) {
    int day = digits(line, at, at + 2);
    int month = MONTHS.indexOf(ascii(line, at + 3, at + 6));
    int year = digits(line, at + 7, at + 11);
    int hour = digits(line, at + 12, at + 14);
    int minute = digits(line, at + 15, at + 17);
    int second = digits(line, at + 18, at + 20);
    int sign = line[at + 21] == '-' ? -1 : 1;
    int offsetHours = digits(line, at + 22, at + 24);
    int offsetMinutes = digits(line, at + 24, at + 26);
    boolean separated =
        line[at + 2] == '/'
            && line[at + 6] == '/'
            && line[at + 11] == ':'
            && line[at + 14] == ':'
            && line[at + 17] == ':'
            && line[at + 20] == ' '
            && (sign < 0 || line[at + 21] == '+');
    // A negative part makes the whole negative, so that one comparison finds any of them.
    boolean numbers = (day | year | hour | minute | second | offsetHours | offsetMinutes) >= 0;
    // Second 60 is a leap second, which epoch time counts as the next one.
    if (!separated
        || !numbers
        || month < 0
        || month % 3 != 0
        || hour > 23
        || minute > 59
        || second > 60
        || offsetHours > 18
        || offsetMinutes > 59) {
      throw badTime(line, at, "is not a time such as 17/May/2015:10:05:03 +0000");
    }
    long days;
    try {
      days = LocalDate.of(year, month / 3 + 1, day).toEpochDay();
    } catch (DateTimeException e) {
      throw badTime(line, at, "is not in the calendar");
    }
    long minutes = (days * 24 + hour) * 60 + minute - sign * (offsetHours * 60L + offsetMinutes);
    long millis = (minutes * 60 + second) * 1000;
    if (millis < 0) {
      throw badTime(line, at, "is before 1970");
    }
    if (millis - clock.millis() > RequestEventCodec.DEFAULT_MAX_FUTURE_SKEW.toMillis()) {
      throw badTime(line, at, "is ahead of the clock");
    }
    return millis;
  }

  private static InvalidEventException badTime(byte[] line, int at, String what) {
    return new InvalidEventException(quoted(line, at, at + TIME_LENGTH) + " " + what);
  }

  private static int status(byte[] line, int at) {
    int status = at + 4 <= line.length && line[at] == ' ' ? digits(line, at + 1, at + 4) : -1;
    boolean ends = at + 4 < line.length && line[at + 4] == ' ';
    if (status < 100 || !ends) {
      throw new InvalidEventException(
          "after the request there must be a status from 100 to 999 and a number of bytes, not "
              + quoted(line, at, line.length));
    }
    return status;
  }

  private static long bytes(byte[] line, int from, int to) {
    if (to - from == 1 && line[from] == '-') {
      return 0;
    }
    long bytes = to - from <= MAX_BYTES_DIGITS ? number(line, from, to) : -1;
    if (bytes < 0) {
      throw new InvalidEventException(
          "number of bytes "
              + quoted(line, from, to)
              + " is neither '-' nor a number of up to 18 digits");
    }
    return bytes;
  }

  /// The first field that looks like a request time, behind two quoted ones (referer and agent).
  /// Nothing there at all is no error: the line may be older than the request time in its format.
  private static OptionalLong durationUs(byte[] line, int from) {
    int quotedFields = 0;
    boolean absent = false;
    boolean other = false;
    int at = from;
    while (at < line.length) {
      if (line[at] == ' ') {
        at++;
        continue;
      }
      boolean quoted = line[at] == '"';
      int start = quoted ? at + 1 : at;
      int end = quoted ? closingQuote(line, start) : end(line, start, ' ');
      if (quoted && quotedFields < 2) {
        quotedFields++;
      } else if (isRequestTime(line, start, end)) {
        int dot = end - ".123".length();
        return OptionalLong.of(
            (number(line, start, dot) * 1000 + number(line, dot + 1, end)) * 1000);
      } else if (end - start == 1 && line[start] == '-') {
        absent = true;
      } else {
        other = true;
      }
      at = end + (quoted ? 1 : 0);
    }
    if (other && !absent) {
      throw new InvalidEventException(
          "nothing after the user agent is a request time such as 0.123");
    }
    return OptionalLong.empty();
  }

  private static boolean isRequestTime(byte[] line, int from, int to) {
    int dot = to - ".123".length();
    return dot > from
        && dot - from <= MAX_SECONDS_DIGITS
        && line[dot] == '.'
        && number(line, from, dot) >= 0
        && number(line, dot + 1, to) >= 0;
  }

  /// The method, or nothing if the request does not begin with one and a space.
  private static String method(byte[] line, int from, int to) {
    int end = from;
    while (end < to && isMethodCharacter(line[end])) {
      end++;
    }
    boolean method = end > from && end - from <= MAX_METHOD_LENGTH && end < to && line[end] == ' ';
    return method ? ascii(line, from, end) : "";
  }

  private static boolean isMethodCharacter(byte c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  }

  private static String route(byte[] line, int from, int to, String method) {
    int start = from + method.length() + 1;
    String target = target(line, start, targetEnd(line, start, to));
    if (target.startsWith("/") || RouteTemplate.isAbsolute(target) || target.equals("*")) {
      return RouteTemplate.of(target);
    }
    return method.equals("CONNECT") && !target.isEmpty() ? AUTHORITY : MALFORMED;
  }

  /// The protocol is what follows the last space, if it says so; HTTP/0.9 has none, and a target
  /// may have spaces of its own.
  private static int targetEnd(byte[] line, int from, int to) {
    int space = to;
    while (space > from && line[space - 1] != ' ') {
      space--;
    }
    boolean protocol = space > from && ascii(line, space, to).startsWith("HTTP/");
    return protocol ? space - 1 : to;
  }

  /// The target as it would stand in a URL: the log's escapes undone, and everything that is not a
  /// visible ASCII character, `"` and `\` percent-encoded. So a route is safe to print and needs no
  /// escapes in JSON.
  private static String target(byte[] line, int from, int to) {
    int plain = from;
    while (plain < to && isPlain(line[plain])) {
      plain++;
    }
    if (plain == to) {
      return ascii(line, from, to);
    }
    StringBuilder target = new StringBuilder(to - from + 16).append(ascii(line, from, plain));
    for (int i = plain; i < to; i++) {
      byte c = line[i];
      if (c == '\\' && i + 1 < to) {
        int escaped = escaped(line, i + 1, to);
        if (escaped >= 0) {
          c = (byte) escaped;
          i += line[i + 1] == 'x' ? 3 : 1;
        }
      }
      if (isPlain(c)) {
        target.append((char) c);
      } else {
        HEX.toHexDigits(target.append('%'), c);
      }
    }
    return target.toString();
  }

  private static boolean isPlain(byte c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\';
  }

  /// The byte that Apache or nginx wrote as a backslash and this; -1 if neither would have.
  private static int escaped(byte[] line, int at, int to) {
    return switch (line[at]) {
      case '"', '\\' -> line[at];
      case 'b' -> '\b';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'v' -> 0x0b;
      case 'f' -> '\f';
      case 'x' ->
          at + 2 < to && HexFormat.isHexDigit(line[at + 1]) && HexFormat.isHexDigit(line[at + 2])
              ? HexFormat.fromHexDigit(line[at + 1]) << 4 | HexFormat.fromHexDigit(line[at + 2])
              : -1;
      default -> -1;
    };
  }

  /// Where the quote stands that closes a field, or else the end of the line.
  private static int closingQuote(byte[] line, int from) {
    int at = from;
    while (at < line.length && line[at] != '"') {
      at += line[at] == '\\' ? 2 : 1;
    }
    return Math.min(at, line.length);
  }

  private static int end(byte[] line, int from, char stop) {
    int at = from;
    while (at < line.length && line[at] != stop) {
      at++;
    }
    return at;
  }

  private static int digits(byte[] line, int from, int to) {
    return (int) number(line, from, to);
  }

  /// A number of digits only, at most 18 of them; -1 if it is none.
  private static long number(byte[] line, int from, int to) {
    long value = from < to ? 0 : -1;
    for (int i = from; i < to; i++) {
      int digit = line[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }

  private static String ascii(byte[] line, int from, int to) {
    return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /// Part of a line as a message may show it: short, and without control characters.
  private static String quoted(byte[] line, int from, int to) {
    StringBuilder text = new StringBuilder("'");
    int end = Math.min(to, from + MAX_QUOTED);
    for (int i = from; i < end; i++) {
      text.append(line[i] >= ' ' && line[i] < 0x7f ? (char) line[i] : '?');
    }
    return text.append(end < to ? "...'" : "'").toString();
  }
}
