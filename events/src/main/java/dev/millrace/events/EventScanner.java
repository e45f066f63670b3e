package dev.millrace.events;

import static dev.millrace.events.JsonBytes.byteAt;
import static dev.millrace.events.JsonBytes.skipSpace;
import static dev.millrace.events.JsonBytes.word;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads raw events where they lie: what a window needs of an event, with no object made for it.
///
/// The plain event, which is nearly every one, is read eight bytes at a time: a flat object of
/// known fields in any order, ASCII strings without escapes, integers without sign. All else goes
/// to [RequestEventCodec#decode(byte[])], so that only the codec ever refuses an event, and both
/// always agree. Plain events allocate nothing.
///
/// The clock is read once in 1,024 events, and when an event is ahead of what it last said. A clock
/// that steps back is noticed that much later.
///
/// Not thread-safe: one for each stream task.
public final class EventScanner {
  // A name with its quotes and its colon: the first and, of the longer ones, the last eight bytes.
  private static final long ID_NAME = JsonBytes.ascii("\"id\":");
  private static final long ID_MASK = (1L << (5 * Byte.SIZE)) - 1;
  private static final long TIME_NAME = JsonBytes.ascii("\"time\":");
  private static final long TIME_MASK = (1L << (7 * Byte.SIZE)) - 1;
  private static final long SERVICE_HEAD = JsonBytes.ascii("\"service");
  private static final long SERVICE_TAIL = JsonBytes.ascii("ervice\":");
  private static final long ROUTE_NAME = JsonBytes.ascii("\"route\":");
  private static final long METHOD_HEAD = JsonBytes.ascii("\"method\"");
  private static final long METHOD_TAIL = JsonBytes.ascii("method\":");
  private static final long STATUS_HEAD = JsonBytes.ascii("\"status\"");
  private static final long STATUS_TAIL = JsonBytes.ascii("status\":");
  private static final long DURATION_HEAD = JsonBytes.ascii("\"duratio");
  private static final long DURATION_TAIL = JsonBytes.ascii("ion_us\":");
  private static final long BYTES_NAME = JsonBytes.ascii("\"bytes\":");

  // Positions past any end, where word() finds no name.
  private static final int CLOSED = Integer.MAX_VALUE;
  private static final int NOT_PLAIN = CLOSED - 1;

  // The codec's bits once more, for what was seen before.
  private static final int REPEATED = 0xff << Byte.SIZE;

  private static final int MAX_DIGITS = 18;
  private static final int CLOCK_INTERVAL = 1024;

  private final RequestEventCodec codec;
  private long latestTime;
  private int untilClock;
  private long fallbacks;

  private long time;
  private int status;
  private long durationUs;
  private long bytes;
  private byte[] buffer = {};
  private int serviceStart;
  private int serviceEnd;
  private int routeStart;
  private int routeEnd;

  // What string() and number() found, beside the position that they return.
  private int start;
  private long value;

  /// @param codec judges what is not plain, and says what time is too far ahead
  public EventScanner(RequestEventCodec codec) {
    this.codec = codec;
  }

  /// Reads one event. The accessors tell of it until the next call; after an exception they mean
  /// nothing.
  ///
  /// @param json stays the caller's, and must not change while [#buffer()] is in use
  /// @throws InvalidEventException if the bytes break the contract, as
  ///   [RequestEventCodec#decode(byte[])] would
  public void scan(byte[] json) {
    scan(json, 0, json.length);
  }

  /// Reads one event from within an array, as [#scan(byte[])].
  ///
  /// @param from position of the event's first byte
  /// @param to position after its last
  public void scan(byte[] json, int from, int to) {
    if (--untilClock <= 0) {
      readClock();
    }
    buffer = json;
    durationUs = -1;
    bytes = 0;
    if (!scanPlain(json, from, to)) {
      fallbacks++;
      copy(
          codec.decode(from == 0 && to == json.length ? json : Arrays.copyOfRange(json, from, to)));
    }
  }

  private boolean scanPlain(byte[] json, int from, int end) {
    int length = end - from;
    if (length < Long.BYTES || length > Topics.MAX_EVENT_BYTES || json[from] != '{') {
      return false;
    }
    int seen = 0;
    int at = from + 1;
    // Each round reads the fields that stand in the contract's order, which is mostly all of them.
    while (true) {
      int round = at;
      if ((word(json, end, at) & ID_MASK) == ID_NAME) {
        seen = saw(seen, RequestEventCodec.ID);
        at = next(json, end, string(json, end, at + 5));
      }
      if ((word(json, end, at) & TIME_MASK) == TIME_NAME) {
        seen = saw(seen, RequestEventCodec.TIME);
        at = next(json, end, number(json, end, at + 7));
        time = value;
      }
      if (word(json, end, at) == SERVICE_HEAD && word(json, end, at + 2) == SERVICE_TAIL) {
        seen = saw(seen, RequestEventCodec.SERVICE);
        int after = string(json, end, at + 10);
        serviceStart = start;
        serviceEnd = after - 1;
        at = next(json, end, after);
      }
      if (word(json, end, at) == ROUTE_NAME) {
        seen = saw(seen, RequestEventCodec.ROUTE);
        int after = string(json, end, at + 8);
        routeStart = start;
        routeEnd = after - 1;
        at = next(json, end, after);
      }
      if (word(json, end, at) == METHOD_HEAD && word(json, end, at + 1) == METHOD_TAIL) {
        seen = saw(seen, RequestEventCodec.METHOD);
        at = next(json, end, string(json, end, at + 9));
      }
      if (word(json, end, at) == STATUS_HEAD && word(json, end, at + 1) == STATUS_TAIL) {
        seen = saw(seen, RequestEventCodec.STATUS);
        at = next(json, end, number(json, end, at + 9));
        status = (int) Math.min(value, Integer.MAX_VALUE);
      }
      if (word(json, end, at) == DURATION_HEAD && word(json, end, at + 6) == DURATION_TAIL) {
        seen = saw(seen, RequestEventCodec.DURATION);
        at = next(json, end, number(json, end, at + 14));
        durationUs = value;
      }
      if (word(json, end, at) == BYTES_NAME) {
        seen = saw(seen, RequestEventCodec.BYTES);
        at = next(json, end, number(json, end, at + 8));
        bytes = value;
      }
      if (at >= NOT_PLAIN) {
        return at == CLOSED && isValid(seen);
      }
      if (at == round) {
        at = skipSpace(json, end, at);
        if (at == round) {
          return false;
        }
      }
    }
  }

  /// Goes on to the next field, or to [#CLOSED].
  private static int next(byte[] json, int end, int from) {
    int at = byteAt(json, end, from) == ',' ? from : skipSpace(json, end, from);
    int mark = byteAt(json, end, at);
    if (mark == ',') {
      return at + 1;
    }
    return mark == '}' && skipSpace(json, end, at + 1) == end ? CLOSED : NOT_PLAIN;
  }

  private static int saw(int seen, int field) {
    return seen | field | (seen & field) << Byte.SIZE;
  }

  private boolean isValid(int seen) {
    return (seen & (RequestEventCodec.REQUIRED | REPEATED)) == RequestEventCodec.REQUIRED
        && (status >= 100 && status <= 999)
        && durationUs <= RequestEvent.MAX_DURATION_US
        && bytes <= RequestEvent.MAX_BYTES
        && isName(serviceStart, serviceEnd)
        && isName(routeStart, routeEnd)
        && (time <= latestTime || time <= readClock());
  }

  private boolean isName(int from, int to) {
    return to - from > 1 || (to - from == 1 && buffer[from] != '*');
  }

  private long readClock() {
    untilClock = CLOCK_INTERVAL;
    latestTime = codec.latestTime();
    return latestTime;
  }

  /// Finds the end of a string, and leaves where its text starts in [#start].
  ///
  /// @return the position after the closing quote, or [#NOT_PLAIN] if this is no plain string
  private int string(byte[] json, int end, int from) {
    int at = byteAt(json, end, from) == '"' ? from : skipSpace(json, end, from);
    if (byteAt(json, end, at) != '"') {
      return NOT_PLAIN;
    }
    start = ++at;
    long stops = JsonBytes.textStops(word(json, end, at));
    while (stops == 0) {
      at += Long.BYTES;
      stops = JsonBytes.textStops(word(json, end, at));
    }
    at += JsonBytes.firstStop(stops);
    return byteAt(json, end, at) == '"' ? at + 1 : NOT_PLAIN;
  }

  /// Reads an integer without sign into [#value].
  ///
  /// @return the position after the last digit, or [#NOT_PLAIN] if this is no plain integer
  private int number(byte[] json, int end, int from) {
    int first = byteAt(json, end, from) <= ' ' ? skipSpace(json, end, from) : from;
    int at = first;
    long sum = 0;
    long word = word(json, end, at);
    long stops = JsonBytes.digitStops(word);
    while (stops == 0 && at - first < MAX_DIGITS) {
      sum = JsonBytes.append(sum, word, Long.BYTES);
      at += Long.BYTES;
      word = word(json, end, at);
      stops = JsonBytes.digitStops(word);
    }
    int rest = JsonBytes.firstStop(stops);
    value = JsonBytes.append(sum, word, rest);
    at += rest;
    int length = at - first;
    return length == 0 || length > MAX_DIGITS || (length > 1 && json[first] == '0')
        ? NOT_PLAIN
        : at;
  }

  private void copy(RequestEvent event) {
    time = event.time();
    status = event.status();
    durationUs = event.durationUs().orElse(-1);
    bytes = event.bytes();
    byte[] service = event.service().getBytes(StandardCharsets.UTF_8);
    byte[] route = event.route().getBytes(StandardCharsets.UTF_8);
    buffer = Arrays.copyOf(service, service.length + route.length);
    System.arraycopy(route, 0, buffer, service.length, route.length);
    serviceStart = 0;
    serviceEnd = service.length;
    routeStart = serviceEnd;
    routeEnd = buffer.length;
  }

  /// How many events were not plain.
  long fallbacks() {
    return fallbacks;
  }

  /// Event time, epoch milliseconds.
  public long time() {
    return time;
  }

  /// HTTP status, 100 to 999.
  public int status() {
    return status;
  }

  /// Microseconds, 0 to [RequestEvent#MAX_DURATION_US]; −1 where the event has none.
  public long durationUs() {
    return durationUs;
  }

  /// Size of the answer, 0 to [RequestEvent#MAX_BYTES], 0 where unknown.
  public long bytes() {
    return bytes;
  }

  /// Where service and route stand, in UTF-8 and without escapes: the scanned array itself, or one
  /// of the scanner's.
  public byte[] buffer() {
    return buffer;
  }

  /// Position of the service's first byte in [#buffer()].
  public int serviceStart() {
    return serviceStart;
  }

  /// Position after the service's last byte.
  public int serviceEnd() {
    return serviceEnd;
  }

  /// Position of the route's first byte in [#buffer()].
  public int routeStart() {
    return routeStart;
  }

  /// Position after the route's last byte.
  public int routeEnd() {
    return routeEnd;
  }
}
