package dev.millrace.ingest;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/// Request line and headers, as far as the edge needs them. Read strictly by RFC 9112: where two
/// readers of one request could understand it differently, a proxy in front and this one, it is
/// refused.
final class RequestHead {
  private static final int BAD_REQUEST = 400;

  /// More digits than this are more bytes than anybody takes.
  private static final int MAX_LENGTH_DIGITS = 15;

  private String method = "";
  private String path = "";
  private String query = "";
  private boolean http10;
  private int hosts;
  private long contentLength = -1;
  private boolean chunked;
  private boolean close;
  private boolean keepAlive;
  private boolean expectsContinue;
  private String contentType = "";
  private String contentEncoding = "";
  private String authorization = "";
  private String apiKey = "";
  private String idempotencyKey = "";

  private RequestHead() {}

  /// Reads a head.
  ///
  /// @param from position of its first byte
  /// @param to position after the line break of its last line; the empty line is left out
  /// @throws Refusal if it is not one, or asks for what there is not; nothing after it can be read
  static RequestHead parse(byte[] bytes, int from, int to) throws Refusal {
    RequestHead head = new RequestHead();
    int lineEnd = head.lineEnd(bytes, from, to);
    head.requestLine(text(bytes, from, lineEnd));
    int headers = 0;
    for (int at = lineEnd + 2; at < to; at = lineEnd + 2) {
      if (++headers > HttpLimits.MAX_HEADERS) {
        throw new Refusal(431, "more than " + HttpLimits.MAX_HEADERS + " headers");
      }
      lineEnd = head.lineEnd(bytes, at, to);
      head.header(bytes, at, lineEnd);
    }
    head.requireSense();
    return head;
  }

  private static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private int lineEnd(byte[] bytes, int from, int to) throws Refusal {
    int at = from;
    // What is below a space ends the line or has no place in it.
    while (at < to && (bytes[at] >= ' ' || bytes[at] == '\t' || bytes[at] < 0)) {
      at++;
    }
    if (at + 1 >= to || bytes[at] != '\r' || bytes[at + 1] != '\n') {
      throw new Refusal(BAD_REQUEST, "a line of the head has a control character");
    }
    return at;
  }

  private void requestLine(String line) throws Refusal {
    int first = line.indexOf(' ');
    int second = line.indexOf(' ', first + 1);
    if (first < 1 || second < 0 || !isToken(line.substring(0, first))) {
      throw new Refusal(BAD_REQUEST, "the request line is not 'METHOD PATH HTTP/1.1'");
    }
    method = line.substring(0, first);
    String target = line.substring(first + 1, second);
    version(line.substring(second + 1));
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) <= ' ' || target.charAt(i) > '~') {
        throw new Refusal(BAD_REQUEST, "the path has a character that must be percent-encoded");
      }
    }
    // The absolute form that clients of a proxy send.
    if (target.startsWith("http://") || target.startsWith("https://")) {
      int slash = target.indexOf('/', target.indexOf("//") + 2);
      target = slash < 0 ? "/" : target.substring(slash);
    }
    if (!target.startsWith("/")) {
      throw new Refusal(BAD_REQUEST, "the path must start with '/'");
    }
    int mark = target.indexOf('?');
    path = mark < 0 ? target : target.substring(0, mark);
    query = mark < 0 ? "" : target.substring(mark + 1);
  }

  private void version(String version) throws Refusal {
    switch (version) {
      case "HTTP/1.1" -> http10 = false;
      case "HTTP/1.0" -> http10 = true;
      default -> {
        if (version.matches("HTTP/\\d\\.\\d")) {
          throw new Refusal(505, version + " is not spoken here, HTTP/1.1 is");
        }
        throw new Refusal(BAD_REQUEST, "the request line does not end in 'HTTP/1.1'");
      }
    }
  }

  private void header(byte[] bytes, int from, int to) throws Refusal {
    int colon = from;
    while (colon < to && bytes[colon] != ':') {
      colon++;
    }
    String name = text(bytes, from, colon);
    if (colon == to || !isToken(name)) {
      throw new Refusal(BAD_REQUEST, "a header is not 'Name: value'");
    }
    String value = text(bytes, colon + 1, to).strip();
    switch (name.toLowerCase(Locale.ROOT)) {
      case "host" -> hosts++;
      case "content-length" -> contentLength(value);
      case "transfer-encoding" -> transferEncoding(value);
      case "connection" -> connection(value);
      case "expect" -> expect(value);
      case "content-type" -> contentType = once(contentType, value, name);
      case "content-encoding" -> contentEncoding = once(contentEncoding, value, name);
      case "authorization" -> authorization = once(authorization, value, name);
      case "x-api-key" -> apiKey = once(apiKey, value, name);
      case "idempotency-key" -> idempotencyKey = once(idempotencyKey, value, name);
      default -> {
        // Means nothing here.
      }
    }
  }

  private static String once(String before, String value, String name) throws Refusal {
    if (!before.isEmpty()) {
      throw new Refusal(BAD_REQUEST, "header " + name + " occurs twice");
    }
    return value;
  }

  private void contentLength(String value) throws Refusal {
    if (contentLength >= 0) {
      throw new Refusal(BAD_REQUEST, "header Content-Length occurs twice");
    }
    if (value.isEmpty() || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new Refusal(BAD_REQUEST, "Content-Length must be a number of bytes");
    }
    contentLength = value.length() > MAX_LENGTH_DIGITS ? Long.MAX_VALUE : Long.parseLong(value);
  }

  private void transferEncoding(String value) throws Refusal {
    if (chunked) {
      throw new Refusal(BAD_REQUEST, "header Transfer-Encoding occurs twice");
    }
    if (!value.equalsIgnoreCase("chunked")) {
      throw new Refusal(501, "the only Transfer-Encoding understood is chunked");
    }
    chunked = true;
  }

  private void connection(String value) {
    for (String option : value.split(",", -1)) {
      close |= option.strip().equalsIgnoreCase("close");
      keepAlive |= option.strip().equalsIgnoreCase("keep-alive");
    }
  }

  private void expect(String value) throws Refusal {
    if (!value.equalsIgnoreCase("100-continue")) {
      throw new Refusal(417, "the only Expect understood is 100-continue");
    }
    expectsContinue = true;
  }

  private void requireSense() throws Refusal {
    if (hosts > 1 || (hosts == 0 && !http10)) {
      throw new Refusal(BAD_REQUEST, "there must be one Host header");
    }
    if (chunked && contentLength >= 0) {
      throw new Refusal(BAD_REQUEST, "Content-Length and Transfer-Encoding exclude each other");
    }
    if (chunked && http10) {
      throw new Refusal(BAD_REQUEST, "HTTP/1.0 has no Transfer-Encoding");
    }
  }

  /// A token, RFC 9110 5.6.2.
  static boolean isToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letterOrDigit =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!letterOrDigit && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  String method() {
    return method;
  }

  /// The path as it was sent, without the query.
  String path() {
    return path;
  }

  /// What is behind the path's `?`; empty if nothing is.
  String query() {
    return query;
  }

  /// Bytes of the body, [Long#MAX_VALUE] for more than anybody takes; −1 if the head does not say.
  long contentLength() {
    return contentLength;
  }

  /// Whether the body comes in chunks.
  boolean isChunked() {
    return chunked;
  }

  /// Whether anything follows the head that belongs to the request.
  boolean hasBody() {
    return chunked || contentLength > 0;
  }

  /// Whether the client waits for `100 Continue` before it sends the body.
  boolean expectsContinue() {
    return expectsContinue && hasBody() && !http10;
  }

  /// Whether the client would use the connection again.
  boolean keepsAlive() {
    return http10 ? keepAlive && !close : !close;
  }

  /// The media type without parameters, in lower case; empty if there is none.
  String mediaType() {
    int semicolon = contentType.indexOf(';');
    String type = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
    return type.strip().toLowerCase(Locale.ROOT);
  }

  /// In lower case; empty if there is none.
  String contentEncoding() {
    return contentEncoding.toLowerCase(Locale.ROOT);
  }

  /// The key that the client shows, as `Authorization: Bearer KEY` or `X-API-Key: KEY`; empty if it
  /// shows none.
  String apiKey() {
    boolean bearer = authorization.regionMatches(true, 0, "Bearer ", 0, 7);
    return bearer ? authorization.substring(7).strip() : apiKey;
  }

  /// Empty if there is none.
  String idempotencyKey() {
    return idempotencyKey;
  }

  /// Whether the query says `name=true`.
  ///
  /// @throws Refusal if it says anything else
  boolean isAsked(String name) throws Refusal {
    Map<String, Boolean> answers = Map.of("", false, name + "=true", true, name + "=false", false);
    Boolean asked = answers.get(query);
    if (asked == null) {
      throw new Refusal(
          BAD_REQUEST, "the only parameter is " + name + "=true or false, not '" + query + "'");
    }
    return asked;
  }
}
