package dev.millrace.loadgen;

/// The route that a request belongs to, guessed from its target: an access log knows the path only,
/// and a series for each order number would be no use to anybody.
///
/// - Query, fragment, path parameters (`;jsessionid=…`), and scheme and authority are dropped.
/// - A segment that is an id becomes `{id}`; so does one that is an id with a file name extension
///   (`12345.tar.gz` → `{id}.tar.gz`). An id is: digits only; a UUID; at least 8 hexadecimal digits
///   of which one is decimal (so that `deadbeef` and `facade` stay words); at least 20 ASCII
///   letters and digits, some of each (ULID, KSUID, base62 tokens). An id within a longer name
///   (`order-123`) stays: version numbers and slugs look the same.
/// - All else stays as it is: case, percent-encoding, repeated and trailing slashes.
/// - A route has at most [#MAX_LENGTH] characters; a longer one is cut and ends in `...`.
///
/// The result is never empty and never `*`, which the contract keeps for rollups.
final class RouteTemplate {
  /// The longest route, in characters. Longer paths are probes, not routes.
  static final int MAX_LENGTH = 512;

  /// Stands for the asterisk-form of a target (`OPTIONS *`).
  static final String ASTERISK = "(asterisk)";

  private static final String ID = "{id}";
  private static final String CUT = "...";
  private static final int MIN_HEX_LENGTH = 8;
  private static final int MIN_TOKEN_LENGTH = 20;
  private static final int UUID_LENGTH = 36;
  private static final int MAX_EXTENSION_LENGTH = 8;

  private RouteTemplate() {}

  /// The route of a request target.
  ///
  /// @param target a path, an absolute URI, or `*`
  static String of(String target) {
    int from = pathStart(target);
    int to = end(target, from, target.length(), "?#");
    if (from == to) {
      return "/";
    }
    StringBuilder route = new StringBuilder(Math.min(to - from, MAX_LENGTH) + ID.length());
    int segment = from;
    while (segment <= to && route.length() <= MAX_LENGTH) {
      int end = end(target, segment, to, "/");
      appendSegment(route, target, segment, end(target, segment, end, ";"));
      if (end < to) {
        route.append('/');
      }
      segment = end + 1;
    }
    if (route.length() > MAX_LENGTH) {
      route.setLength(MAX_LENGTH - CUT.length());
      route.append(CUT);
    }
    String result = route.toString();
    return result.isEmpty() ? "/" : result.equals("*") ? ASTERISK : result;
  }

  /// Whether this is a URI with scheme and authority, as proxies are sent.
  static boolean isAbsolute(String target) {
    if (target.isEmpty() || !isLetter(target.charAt(0))) {
      return false;
    }
    int scheme = target.indexOf("://");
    for (int i = 1; i < scheme; i++) {
      char c = target.charAt(i);
      if (!isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.') {
        return false;
      }
    }
    return scheme > 0;
  }

  private static int pathStart(String target) {
    return isAbsolute(target) ? end(target, target.indexOf("://") + 3, target.length(), "/?#") : 0;
  }

  /// Where the first of some characters stands, or else `to`.
  private static int end(String text, int from, int to, String stops) {
    for (int i = from; i < to; i++) {
      if (stops.indexOf(text.charAt(i)) >= 0) {
        return i;
      }
    }
    return to;
  }

  private static void appendSegment(StringBuilder route, String text, int from, int to) {
    int dot = end(text, from, to, ".");
    if (isId(text, from, dot) && areExtensions(text, dot, to)) {
      route.append(ID).append(text, dot, to);
    } else {
      route.append(text, from, to);
    }
  }

  /// Whether this is nothing, or one or more short words with a dot before each.
  private static boolean areExtensions(String text, int from, int to) {
    int dot = from;
    while (dot < to) {
      int end = end(text, dot + 1, to, ".");
      int length = end - dot - 1;
      Kinds kinds = Kinds.of(text, dot + 1, end);
      if (length > MAX_EXTENSION_LENGTH
          || kinds.letters == 0
          || kinds.others > 0
          || isId(text, dot + 1, end)) {
        return false;
      }
      dot = end;
    }
    return true;
  }

  private static boolean isId(String text, int from, int to) {
    int length = to - from;
    Kinds kinds = Kinds.of(text, from, to);
    if (kinds.others > 0) {
      return isUuid(text, from, length, kinds);
    }
    if (kinds.digits == 0) {
      return false;
    }
    return kinds.letters == 0
        || (kinds.letters == kinds.hexLetters && length >= MIN_HEX_LENGTH)
        || length >= MIN_TOKEN_LENGTH;
  }

  private static boolean isUuid(String text, int from, int length, Kinds kinds) {
    return length == UUID_LENGTH
        && kinds.others == 4
        && kinds.letters == kinds.hexLetters
        && text.charAt(from + 8) == '-'
        && text.charAt(from + 13) == '-'
        && text.charAt(from + 18) == '-'
        && text.charAt(from + 23) == '-';
  }

  /// How many characters there are of each kind.
  private record Kinds(int digits, int letters, int hexLetters, int others) {
    static Kinds of(String text, int from, int to) {
      int digits = 0;
      int letters = 0;
      int hexLetters = 0;
      for (int i = from; i < to; i++) {
        char c = text.charAt(i);
        if (isDigit(c)) {
          digits++;
        } else if (isLetter(c)) {
          letters++;
          if ((c | 0x20) <= 'f') {
            hexLetters++;
          }
        }
      }
      return new Kinds(digits, letters, hexLetters, to - from - digits - letters);
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
  }
}
