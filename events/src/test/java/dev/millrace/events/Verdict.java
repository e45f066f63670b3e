package dev.millrace.events;

import java.nio.charset.StandardCharsets;

/// What codec or scanner say of some bytes, to be compared: the fields that both read, or the
/// reason of the refusal.
///
/// @param refusal null if the event was accepted
record Verdict(
    String refusal,
    long time,
    String service,
    String route,
    int status,
    long durationUs,
    long bytes) {
  static Verdict of(RequestEventCodec codec, byte[] json) {
    try {
      RequestEvent event = codec.decode(json);
      return new Verdict(
          null,
          event.time(),
          event.service(),
          event.route(),
          event.status(),
          event.durationUs().orElse(-1),
          event.bytes());
    } catch (InvalidEventException e) {
      return refused(e);
    }
  }

  static Verdict of(EventScanner scanner, byte[] json) {
    return of(scanner, json, 0, json.length);
  }

  static Verdict of(EventScanner scanner, byte[] json, int from, int to) {
    try {
      scanner.scan(json, from, to);
    } catch (InvalidEventException e) {
      return refused(e);
    }
    return new Verdict(
        null,
        scanner.time(),
        text(scanner.buffer(), scanner.serviceStart(), scanner.serviceEnd()),
        text(scanner.buffer(), scanner.routeStart(), scanner.routeEnd()),
        scanner.status(),
        scanner.durationUs(),
        scanner.bytes());
  }

  private static Verdict refused(InvalidEventException e) {
    return new Verdict(e.getMessage(), 0, "", "", 0, 0, 0);
  }

  private static String text(byte[] buffer, int from, int to) {
    return new String(buffer, from, to - from, StandardCharsets.UTF_8);
  }
}
