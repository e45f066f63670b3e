package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.events.InvalidEventException;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.RequestEventCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessLogParserTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
  private static final String TIME = "[17/May/2015:10:05:03 +0000]";
  private static final String TAIL = " \"http://a/\" \"Mozilla/5.0 (X11)\"";

  private final AccessLogParser combined = new AccessLogParser(LogFormat.COMBINED, "web", CLOCK);
  private final AccessLogParser nginx = new AccessLogParser(LogFormat.NGINX, "web", CLOCK);

  @Test
  void readsAllThatTheContractWants() {
    assertEquals(
        new RequestEvent(
            "line-12",
            Instant.parse("2015-05-17T10:05:03Z").toEpochMilli(),
            "web",
            "/orders/{id}",
            "POST",
            201,
            OptionalLong.empty(),
            1234),
        combined.parse(
            bytes("1.2.3.4 - - " + TIME + " \"POST /orders/7?x=1 HTTP/1.1\" 201 1234" + TAIL), 12));
  }

  @Test
  void readsTheCommonFormat() {
    RequestEvent event = combined("::1 - - " + TIME + " \"GET /a HTTP/1.0\" 200 5");
    assertEquals("/a", event.route());
    assertEquals(5, event.bytes());
  }

  @Test
  void dashMeansNoBytes() {
    assertEquals(0, combined("h - - " + TIME + " \"GET / HTTP/1.1\" 304 -" + TAIL).bytes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2001:db8::ff00:42:8329 - -",
        "host.example.com - frank",
        "h - frank [at] home",
        "h - frank [17/May/2015",
        "h - \"\"",
        "h - O\\\"Neill",
        "shop.example.com:443 1.2.3.4 - -",
      })
  void anyHostAndUserWillDo(String beginning) {
    assertEquals("/a", combined(beginning + " " + TIME + " \"GET /a HTTP/1.1\" 200 5").route());
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          17/May/2015:10:05:03 +0000, 2015-05-17T10:05:03Z
          17/May/2015:10:05:03 +0530, 2015-05-17T04:35:03Z
          17/May/2015:20:05:03 -0800, 2015-05-18T04:05:03Z
          29/Feb/2024:23:59:60 +0000, 2024-03-01T00:00:00Z
          01/Jan/1970:00:00:00 +0000, 1970-01-01T00:00:00Z
          01/Jan/2026:00:00:10 +0000, 2026-01-01T00:00:10Z
          31/Dec/1999:23:59:59 +0000, 1999-12-31T23:59:59Z
          """)
  void honoursTheOffset(String time, Instant expected) {
    assertEquals(
        expected.toEpochMilli(), combined("h - - [" + time + "] \"GET /a HTTP/1.1\" 200 5").time());
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          17/Mai/2015:10:05:03 +0000, is not a time such as
          17/anF/2015:10:05:03 +0000, is not a time such as
          17/May/2015 10:05:03 +0000, is not a time such as
          17/May/2015:24:05:03 +0000, is not a time such as
          17/May/2015:10:60:03 +0000, is not a time such as
          17/May/2015:10:05:03 00000, is not a time such as
          17/May/2015:10:05:03 +1900, is not a time such as
          -7/May/2015:10:05:03 +0000, is not a time such as
          29/Feb/2015:10:05:03 +0000, is not in the calendar
          00/Feb/2015:10:05:03 +0000, is not in the calendar
          31/Dec/1969:23:59:59 +0000, is before 1970
          01/Jan/1970:00:00:00 +0001, is before 1970
          01/Jan/2026:00:00:11 +0000, is ahead of the clock
          31/Dec/9999:00:00:00 +0000, is ahead of the clock
          """)
  void refusesTimesThatAreNone(String time, String reason) {
    String message = reason("h - - [" + time + "] \"GET /a HTTP/1.1\" 200 5");
    assertTrue(message.startsWith("'" + time + "' " + reason), message);
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          GET / HTTP/1.1,                          GET,      /
          GET /,                                   GET,      /
          GET /a b.html HTTP/1.1,                  GET,      /a%20b.html
          GET /a b,                                GET,      /a%20b
          GET /a\\"b\\\\c HTTP/1.1,                GET,      /a%22b%5Cc
          GET /\\xc3\\xa9\\x22 HTTP/2.0,           GET,      /%C3%A9%22
          GET /a\\tb\\x2 HTTP/1.1,                 GET,      /a%09b%5Cx2
          GET /%C3%A9 HTTP/3.0,                    GET,      /%C3%A9
          GET http://a.example/b/7?c HTTP/1.1,     GET,      /b/{id}
          OPTIONS * HTTP/1.1,                      OPTIONS,  (asterisk)
          CONNECT example.com:443 HTTP/1.1,        CONNECT,  (authority)
          M-SEARCH /x HTTP/1.1,                    M-SEARCH, /x
          """)
  void readsTheRequestLine(String request, String method, String route) {
    RequestEvent event = combined("h - - " + TIME + " \"" + request + "\" 400 0" + TAIL);
    assertEquals(method, event.method());
    assertEquals(route, event.route());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-",
        "",
        " ",
        "GET",
        "GET ",
        "GET HTTP/1.1",
        "GET  HTTP/1.1",
        "GET a.html HTTP/1.1",
        "GET *?x HTTP/1.1",
        "CONNECT  HTTP/1.1",
        "\\x16\\x03\\x01\\x02",
        "\\x16\\x03 / HTTP/1.1",
        "SSH-2.0-Go",
        "t3 12.1.2\\n",
        "/no/method HTTP/1.1",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ / HTTP/1.1",
      })
  void countsARequestThatIsNoneAsMalformed(String request) {
    RequestEvent event = combined("h - - " + TIME + " \"" + request + "\" 400 226" + TAIL);
    assertEquals("", event.method());
    assertEquals("(malformed)", event.route());
    assertEquals(400, event.status());
  }

  @Test
  void bytesThatAreNotAsciiArePercentEncoded() {
    byte[] line = bytes("h - - " + TIME + " \"GET /é\u0001ü HTTP/1.1\" 200 5");
    assertEquals("/%C3%A9%01%C3%BC", combined.parse(line, 1).route());
    line[line.length - "\u0001ü HTTP/1.1\" 200 5".length() - 2] = (byte) 0xff;
    assertEquals("/%C3%FF%01%C3%BC", combined.parse(line, 1).route());
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          ' "-" "curl" 0.123',                  123000
          ' "-" "curl" "0.123"',                123000
          ' "-" "curl" 12.000',                 12000000
          ' "-" "a \\"b\\" 9.999" 0.001',       1000
          ' "-" "curl" "10.0.0.1" 0.002 0.001', 2000
          ' "-" "curl" "-" 0.002',              2000
          ' 0.004',                             4000
          ' "-" "curl" 999999999.999',          999999999999000
          """)
  void readsTheRequestTimeOfNginx(String tail, long durationUs) {
    String line = "h - - " + TIME + " \"GET / HTTP/1.1\" 200 5" + tail;
    assertEquals(OptionalLong.of(durationUs), nginx.parse(bytes(line), 1).durationUs());
    assertEquals(OptionalLong.empty(), combined(line).durationUs());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " \"-\" \"curl\"",
        " \"-\" \"curl\" ",
        " \"-\" \"curl\" -",
        " \"-\" \"curl\" \"-\"",
        " \"-\" \"curl\" - \"10.0.0.1\"",
        " \"-\" \"cut off in the user age",
        " \"0.123\" \"0.123\"",
      })
  void requestTimeMayBeAbsent(String tail) {
    String line = "h - - " + TIME + " \"GET / HTTP/1.1\" 200 5" + tail;
    assertEquals(OptionalLong.empty(), nginx.parse(bytes(line), 1).durationUs());
  }

  @ParameterizedTest
  @ValueSource(strings = {"fast", "0.12", "0,123", "-0.123", ".123", "1e3", "1234567890.000", "5"})
  void refusesAnotherFieldInPlaceOfTheRequestTime(String field) {
    String line = "h - - " + TIME + " \"GET / HTTP/1.1\" 200 5" + TAIL + " " + field;
    assertEquals(
        "nothing after the user agent is a request time such as 0.123",
        assertThrows(InvalidEventException.class, () -> nginx.parse(bytes(line), 1)).getMessage());
  }

  @Test
  void saysWhereALineEndsToBeOne() {
    assertEquals(
        "no time such as [17/May/2015:10:05:03 +0000] after host, ident and user",
        reason("{\"time\":1}"));
    assertEquals(
        "no time such as [17/May/2015:10:05:03 +0000] after host, ident and user",
        reason("h - " + TIME + " \"GET /a HTTP/1.1\" 200 5"));
    assertEquals("no request in quotes after the time", reason("h - - " + TIME));
    assertEquals("no request in quotes after the time", reason("h - - " + TIME + " GET /"));
    assertEquals(
        "the request is not closed by a quote", reason("h - - " + TIME + " \"GET / HTTP\\\""));
    String status =
        "after the request there must be a status from 100 to 999 and a number of bytes, not ";
    assertEquals(status + "''", reason("h - - " + TIME + " \"GET /\""));
    assertEquals(status + "' 099 1'", reason("h - - " + TIME + " \"GET /\" 099 1"));
    assertEquals(status + "' 200'", reason("h - - " + TIME + " \"GET /\" 200"));
    assertEquals(status + "' 2xx ?'", reason("h - - " + TIME + " \"GET /\" 2xx \u0007"));
    assertEquals(
        "number of bytes '-5' is neither '-' nor a number of up to 18 digits",
        reason("h - - " + TIME + " \"GET /\" 200 -5"));
    assertEquals(
        "number of bytes '1234567890123456789' is neither '-' nor a number of up to 18 digits",
        reason("h - - " + TIME + " \"GET /\" 200 1234567890123456789"));
    assertEquals(
        "number of bytes '' is neither '-' nor a number of up to 18 digits",
        reason("h - - " + TIME + " \"GET /\" 200 "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "*", "a|b"})
  void refusesServicesThatTheContractRefuses(String service) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new AccessLogParser(LogFormat.COMBINED, service, CLOCK));
  }

  @Test
  void longLinesTakeNoLongTime() {
    String start = "h - - " + TIME + " \"";
    List<String> lines =
        List.of(
            "[".repeat(65_536),
            "h - - " + " [".repeat(32_000),
            "h - - " + (" [" + "]".repeat(27)).repeat(2_000),
            start + "\\".repeat(65_000),
            start + "GET " + "/1".repeat(32_000) + " HTTP/1.1\" 200 5",
            start + "GET /" + " HTTP/".repeat(10_000) + "\" 200 5",
            start + "GET a" + "://".repeat(20_000) + " HTTP/1.1\" 200 5",
            start + "GET /" + "1.a".repeat(20_000) + "\" 200 5",
            start + "GET /\" 200 " + "9".repeat(65_000),
            start + "GET /\" 200 5" + " \"".repeat(32_000),
            start + "GET /\" 200 5" + " 1.11".repeat(13_000));
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (int i = 0; i < 10; i++) {
            for (String line : lines) {
              accepts(combined, bytes(line));
              accepts(nginx, bytes(line));
            }
          }
        });
  }

  @Test
  void countsOfTheRealFileEqualAnIndependentCount() throws IOException {
    Map<Character, Integer> classes = new TreeMap<>();
    Map<Character, Integer> expectedClasses = new TreeMap<>();
    Map<Instant, Integer> minutes = new TreeMap<>();
    Map<String, Integer> expectedMinutes = new TreeMap<>();
    Pattern pattern =
        Pattern.compile(
            "\\[(\\d\\d/[A-Z][a-z]+/\\d{4}:\\d\\d:\\d\\d):\\d\\d [^\"]*\"[^\"]*\" (\\d)");
    List<String> lines = realLines();
    for (String line : lines) {
      RequestEvent event = combined(line);
      classes.merge(Character.forDigit(event.status() / 100, 10), 1, Integer::sum);
      minutes.merge(Instant.ofEpochMilli(event.time() / 60_000 * 60_000), 1, Integer::sum);
      Matcher matcher = pattern.matcher(line);
      assertTrue(matcher.find(), line);
      expectedClasses.merge(matcher.group(2).charAt(0), 1, Integer::sum);
      expectedMinutes.merge(matcher.group(1), 1, Integer::sum);
    }
    assertEquals(10_000, lines.size());
    assertEquals(expectedClasses, classes);
    Map<Instant, Integer> expected = new TreeMap<>();
    expectedMinutes.forEach((minute, count) -> expected.put(may2015(minute), count));
    assertEquals(expected, minutes);
  }

  /// The real file lies within one month of one year.
  private static Instant may2015(String minute) {
    return Instant.parse(
        "2015-05-" + minute.substring(0, 2) + "T" + minute.substring(12, 17) + ":00Z");
  }

  @Test
  void mutatedLinesAreRefusedOrMakeValidEvents() throws IOException {
    RequestEventCodec codec = new RequestEventCodec(CLOCK, Duration.ofMinutes(5));
    List<byte[]> seeds = seeds();
    Random random = new Random(20150517);
    int accepted = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] line = mutated(seeds, random);
      for (AccessLogParser parser : List.of(combined, nginx)) {
        try {
          RequestEvent event = parser.parse(line, i);
          accepted++;
          assertEquals(event, codec.decode(codec.encode(event)));
        } catch (InvalidEventException e) {
          assertTrue(e.getMessage().matches("[ -~]{10,200}"), e.getMessage());
        } catch (RuntimeException e) {
          throw new AssertionError("line " + Arrays.toString(line), e);
        }
      }
    }
    // Mutations that are all refused, or all let through, would test nothing.
    assertTrue(accepted > 20_000 && accepted < 180_000, "accepted " + accepted);
  }

  private static List<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (String request :
        List.of(
            "GET / HTTP/1.1",
            "-",
            "\\x16\\x03\\x01",
            "OPTIONS * HTTP/1.0",
            "GET /a\\\"b/\\xff?q#f HTTP/1.1",
            "GET http://a/12345.png;x=1",
            "CONNECT a:1 HTTP/1.1")) {
      for (String tail : List.of("", TAIL, TAIL + " 0.123", TAIL + " \"-\" \"12.345\"")) {
        seeds.add(bytes("::1 - bob " + TIME + " \"" + request + "\" 200 512" + tail));
      }
    }
    if (Files.exists(realFile())) {
      realLines().stream().limit(200).forEach(line -> seeds.add(bytes(line)));
    }
    return seeds;
  }

  private static byte[] mutated(List<byte[]> seeds, Random random) {
    byte[] line = seeds.get(random.nextInt(seeds.size())).clone();
    for (int n = 1 + random.nextInt(4); n > 0 && line.length > 0; n--) {
      int at = random.nextInt(line.length);
      int to = Math.min(line.length, at + random.nextInt(40));
      switch (random.nextInt(6)) {
        case 0 -> line[at] = (byte) random.nextInt(256);
        case 1 -> line[at] = (byte) " \"\\[]-/.0123456789*|x".charAt(random.nextInt(20));
        case 2 -> line = joined(Arrays.copyOf(line, at), Arrays.copyOfRange(line, to, line.length));
        case 3 -> line = joined(Arrays.copyOf(line, to), Arrays.copyOfRange(line, at, line.length));
        case 4 -> line = Arrays.copyOf(line, random.nextInt(4) == 0 ? at : line.length);
        default -> {
          byte[] other = seeds.get(random.nextInt(seeds.size()));
          int from = random.nextInt(other.length);
          byte[] part = Arrays.copyOfRange(other, from, Math.min(other.length, from + 30));
          line =
              joined(
                  joined(Arrays.copyOf(line, at), part), Arrays.copyOfRange(line, at, line.length));
        }
      }
    }
    return line;
  }

  private static byte[] joined(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private static Path realFile() {
    Path data = Path.of(System.getProperty("millrace.data", "../../shared/data"));
    return data.resolve("apache_combined_10k.log.gz");
  }

  private static List<String> realLines() throws IOException {
    assumeTrue(Files.exists(realFile()), () -> "no " + realFile() + "; set -Dmillrace.data");
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(realFile()))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  private RequestEvent combined(String line) {
    return combined.parse(bytes(line), 1);
  }

  private String reason(String line) {
    return assertThrows(InvalidEventException.class, () -> combined(line)).getMessage();
  }

  private static boolean accepts(AccessLogParser parser, byte[] line) {
    try {
      parser.parse(line, 1);
      return true;
    } catch (InvalidEventException e) {
      return false;
    }
  }

  private static byte[] bytes(String line) {
    return line.getBytes(StandardCharsets.UTF_8);
  }
}
