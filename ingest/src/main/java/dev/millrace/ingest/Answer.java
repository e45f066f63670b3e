package dev.millrace.ingest;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;

/// What a client is told.
///
/// @param status HTTP status
/// @param contentType of the body
/// @param body text
/// @param headers further headers
record Answer(int status, String contentType, String body, Map<String, String> headers) {
  static final String JSON = "application/json";
  static final String TEXT = "text/plain; charset=utf-8";

  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(200, "OK"),
          Map.entry(202, "Accepted"),
          Map.entry(400, "Bad Request"),
          Map.entry(401, "Unauthorized"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(408, "Request Timeout"),
          Map.entry(409, "Conflict"),
          Map.entry(411, "Length Required"),
          Map.entry(413, "Content Too Large"),
          Map.entry(414, "URI Too Long"),
          Map.entry(415, "Unsupported Media Type"),
          Map.entry(417, "Expectation Failed"),
          Map.entry(422, "Unprocessable Content"),
          Map.entry(429, "Too Many Requests"),
          Map.entry(431, "Request Header Fields Too Large"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(501, "Not Implemented"),
          Map.entry(503, "Service Unavailable"),
          Map.entry(505, "HTTP Version Not Supported"));

  private record Second(long epochSecond, String date) {}

  /// The date of the second in which the last answer was written.
  private static volatile Second newest = new Second(-1, "");

  Answer(int status, String contentType, String body) {
    this(status, contentType, body, Map.of());
  }

  /// The standard phrase of a status.
  static String reason(int status) {
    return REASONS.getOrDefault(status, "");
  }

  /// The answer as it goes over the wire, RFC 9112.
  ///
  /// @param keepAlive whether the connection stays open
  /// @param withBody whether the body is sent; a HEAD request is only told of it
  byte[] toBytes(boolean keepAlive, boolean withBody) {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    StringBuilder head = new StringBuilder(160);
    head.append("HTTP/1.1 ").append(status).append(' ').append(reason(status));
    head.append("\r\nDate: ").append(date());
    head.append("\r\nContent-Type: ").append(contentType);
    head.append("\r\nContent-Length: ").append(content.length);
    for (Entry<String, String> header : headers.entrySet()) {
      head.append("\r\n").append(header.getKey()).append(": ").append(header.getValue());
    }
    // Clients of HTTP/1.0 want to be told of either.
    head.append(keepAlive ? "\r\nConnection: keep-alive" : "\r\nConnection: close");
    head.append("\r\n\r\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream(head.length() + content.length);
    out.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    if (withBody) {
      out.writeBytes(content);
    }
    return out.toByteArray();
  }

  private static String date() {
    long now = Clock.systemUTC().millis() / 1_000;
    Second second = newest;
    if (second.epochSecond() != now) {
      second = new Second(now, HTTP_DATE.format(Instant.ofEpochSecond(now)));
      newest = second;
    }
    return second.date();
  }
}
