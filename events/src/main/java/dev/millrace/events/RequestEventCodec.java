package dev.millrace.events;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.OptionalLong;

/// Raw events as JSON bytes, and back. Reading judges: what breaks the contract is refused with an
/// [InvalidEventException] whose message tells the sender why.
///
/// Thread-safe: it holds nothing but settings.
public final class RequestEventCodec {
  /// How far ahead of the clock an event may be. One bad clock must not make everybody's events too
  /// late: this is less than out-of-orderness and allowed lateness of the processor together.
  public static final Duration DEFAULT_MAX_FUTURE_SKEW = Duration.ofSeconds(10);

  // One bit a field, shared with the scanner.
  static final int TIME = 1;
  static final int SERVICE = 1 << 1;
  static final int ROUTE = 1 << 2;
  static final int STATUS = 1 << 3;
  static final int REQUIRED = TIME | SERVICE | ROUTE | STATUS;
  static final int ID = 1 << 4;
  static final int METHOD = 1 << 5;
  static final int DURATION = 1 << 6;
  static final int BYTES = 1 << 7;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxDocumentLength(Topics.MAX_EVENT_BYTES)
                  .maxNestingDepth(32)
                  .maxStringLength(Topics.MAX_EVENT_BYTES)
                  .maxNumberLength(32)
                  .build())
          .build();

  private final Clock clock;
  private final long maxFutureSkewMs;

  /// A codec that refuses events further ahead of the clock than the default.
  public RequestEventCodec() {
    this(Clock.systemUTC(), DEFAULT_MAX_FUTURE_SKEW);
  }

  /// @param clock what "now" is
  /// @param maxFutureSkew how far ahead of it an event may be
  public RequestEventCodec(Clock clock, Duration maxFutureSkew) {
    this.clock = clock;
    this.maxFutureSkewMs = maxFutureSkew.toMillis();
  }

  /// Reads one event.
  ///
  /// @throws InvalidEventException if the bytes break the contract
  public RequestEvent decode(byte[] json) {
    if (json.length > Topics.MAX_EVENT_BYTES) {
      throw new InvalidEventException(
          "event has "
              + json.length
              + " bytes, at most "
              + Topics.MAX_EVENT_BYTES
              + " are allowed");
    }
    try (JsonParser parser = JSON.createParser(json)) {
      return decode(parser);
    } catch (JsonEOFException e) {
      throw new InvalidEventException("not JSON: ends too early");
    } catch (JsonProcessingException e) {
      throw new InvalidEventException("not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      // A byte array does no I/O: what is left is broken text encoding.
      throw new InvalidEventException("not JSON: " + e.getMessage());
    }
  }

  private RequestEvent decode(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new InvalidEventException("not a JSON object");
    }
    String id = "";
    long time = 0;
    String service = "";
    String route = "";
    String method = "";
    int status = 0;
    OptionalLong durationUs = OptionalLong.empty();
    long bytes = 0;
    int seen = 0;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      int field = field(name);
      if ((seen & field) != 0) {
        throw new InvalidEventException("field '" + name + "' occurs twice");
      }
      seen |= field;
      switch (field) {
        case TIME -> time = time(parser);
        case SERVICE -> service = service(parser);
        case ROUTE -> route = route(parser);
        case STATUS -> status = (int) number(parser, "status", 100, 999);
        case DURATION ->
            durationUs =
                parser.currentToken() == JsonToken.VALUE_NULL
                    ? OptionalLong.empty()
                    : OptionalLong.of(
                        number(parser, "duration_us", 0, RequestEvent.MAX_DURATION_US));
        case BYTES ->
            bytes =
                parser.currentToken() == JsonToken.VALUE_NULL
                    ? 0
                    : number(parser, "bytes", 0, RequestEvent.MAX_BYTES);
        case METHOD -> method = carried(parser);
        case ID -> id = carried(parser);
        default -> parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw new InvalidEventException("more than one JSON value in a record");
    }
    requireAll(seen);
    return new RequestEvent(id, time, service, route, method, status, durationUs, bytes);
  }

  private static int field(String name) {
    return switch (name) {
      case "time" -> TIME;
      case "service" -> SERVICE;
      case "route" -> ROUTE;
      case "status" -> STATUS;
      case "duration_us" -> DURATION;
      case "bytes" -> BYTES;
      case "method" -> METHOD;
      case "id" -> ID;
      default -> 0;
    };
  }

  private static void requireAll(int seen) {
    if ((seen & REQUIRED) == REQUIRED) {
      return;
    }
    String missing =
        (seen & TIME) == 0
            ? "time"
            : (seen & SERVICE) == 0 ? "service" : (seen & ROUTE) == 0 ? "route" : "status";
    throw new InvalidEventException("required field '" + missing + "' is missing");
  }

  private long time(JsonParser parser) throws IOException {
    long time = number(parser, "time", 0, Long.MAX_VALUE);
    // Compared by difference: a time near the end of the range must not overflow.
    if (time - clock.millis() > maxFutureSkewMs) {
      throw new InvalidEventException(
          "time " + time + " is more than " + maxFutureSkewMs + " ms ahead of the clock");
    }
    return time;
  }

  /// The latest event time that [#decode(byte[])] would accept now, epoch milliseconds.
  long latestTime() {
    long now = clock.millis();
    return maxFutureSkewMs > Long.MAX_VALUE - Math.max(now, 0)
        ? Long.MAX_VALUE
        : now + maxFutureSkewMs;
  }

  private static String service(JsonParser parser) throws IOException {
    String service = name(parser, "service");
    if (service.indexOf(Series.SEPARATOR) >= 0) {
      throw new InvalidEventException("service '" + service + "' must not contain '|'");
    }
    return service;
  }

  private static String route(JsonParser parser) throws IOException {
    return name(parser, "route");
  }

  private static String name(JsonParser parser, String field) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new InvalidEventException("field '" + field + "' must be a string");
    }
    String value = parser.getText();
    if (value.isEmpty() || value.equals(Series.ALL)) {
      throw new InvalidEventException(
          "field '" + field + "' must not be " + (value.isEmpty() ? "empty" : "'*'"));
    }
    requireText(value, field);
    return value;
  }

  /// Half of a surrogate pair has no bytes in UTF-8: it would be stored as another name than it
  /// has.
  private static void requireText(String value, String field) {
    for (int i = 0; i < value.length(); i++) {
      if (Character.isSurrogate(value.charAt(i))) {
        if (Character.isHighSurrogate(value.charAt(i))
            && i + 1 < value.length()
            && Character.isLowSurrogate(value.charAt(i + 1))) {
          i++;
        } else {
          throw new InvalidEventException("field '" + field + "' has half of a surrogate pair");
        }
      }
    }
  }

  private static long number(JsonParser parser, String field, long min, long max)
      throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
        || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw new InvalidEventException("field '" + field + "' must be an integer");
    }
    long value = parser.getLongValue();
    if (value < min || value > max) {
      throw new InvalidEventException(
          "field '"
              + field
              + "' is "
              + value
              + (max == Long.MAX_VALUE
                  ? ", must be at least " + min
                  : ", must be " + min + " to " + max));
    }
    return value;
  }

  private static String carried(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    parser.skipChildren();
    return "";
  }

  /// Writes one event. What this writes, [#decode(byte[])] reads back equal, as long as the names
  /// are allowed and the time is not ahead.
  public byte[] encode(RequestEvent event) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      if (!event.id().isEmpty()) {
        json.writeStringField("id", event.id());
      }
      json.writeNumberField("time", event.time());
      json.writeStringField("service", event.service());
      json.writeStringField("route", event.route());
      if (!event.method().isEmpty()) {
        json.writeStringField("method", event.method());
      }
      json.writeNumberField("status", event.status());
      if (event.durationUs().isPresent()) {
        json.writeNumberField("duration_us", event.durationUs().getAsLong());
      }
      json.writeNumberField("bytes", event.bytes());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "could not encode " + new String(out.toByteArray(), StandardCharsets.UTF_8), e);
    }
    return out.toByteArray();
  }
}
