package dev.millrace.events;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventScannerTest {
  private static final long NOW = 1_763_715_928_123L;
  private static final Duration SKEW = Duration.ofMinutes(5);
  private static final String EVENT =
      """
      {"id":"01K","time":1763715928123,"service":"checkout","route":"/v1/orders/{id}",\
      "method":"POST","status":200,"duration_us":1834,"bytes":812}\
      """;
  private static final String BARE = "'time':5,'service':'a','route':'/','status':200";

  private final AtomicLong now = new AtomicLong(NOW);
  private final RequestEventCodec codec = new RequestEventCodec(clock(now), SKEW);
  private final EventScanner scanner = new EventScanner(codec);

  @Test
  void readsTheEventOfTheContractInPlace() {
    byte[] json = EVENT.getBytes(StandardCharsets.UTF_8);
    scanner.scan(json);
    assertEquals(NOW, scanner.time());
    assertEquals(200, scanner.status());
    assertEquals(1834, scanner.durationUs());
    assertEquals(812, scanner.bytes());
    assertSame(json, scanner.buffer());
    assertEquals(EVENT.indexOf("checkout"), scanner.serviceStart());
    assertEquals(EVENT.indexOf("checkout") + 8, scanner.serviceEnd());
    assertEquals(EVENT.indexOf("/v1"), scanner.routeStart());
    assertEquals(EVENT.indexOf("/v1") + 15, scanner.routeEnd());
    assertEquals(0, scanner.fallbacks());
  }

  @Test
  void whatTheCodecWritesIsPlain() {
    isPlain(
        codec.encode(
            new RequestEvent("i", NOW, "s", "/r", "GET", 200, OptionalLong.of(1), 1L << 40)));
    isPlain(codec.encode(new RequestEvent("", 0, "s", "/", "", 999, OptionalLong.empty(), 0)));
  }

  @Test
  void fieldsMayComeInAnyOrder() {
    List<String> fields =
        new ArrayList<>(List.of(EVENT.substring(1, EVENT.length() - 1).split(",", -1)));
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      Collections.shuffle(fields, random);
      isPlain(bytes("{" + String.join(",", fields) + "}"));
    }
  }

  @Test
  void optionalFieldsMayBeAbsentAndNothingIsLeftOfTheEventBefore() {
    scanner.scan(bytes(EVENT));
    isPlain(bytes("{" + BARE + "}"));
    assertEquals(-1, scanner.durationUs());
    assertEquals(0, scanner.bytes());
    scanner.scan(bytes(EVENT));
    fallsBack(bytes("{" + BARE + ",'duration_us':null,'bytes':null}"));
    assertEquals(-1, scanner.durationUs());
    assertEquals(0, scanner.bytes());
  }

  @Test
  void whitespaceMayStandBetweenTokens() {
    isPlain(bytes(EVENT.replace(",\"", ", \"").replace("\":", "\": ")));
    isPlain(bytes(EVENT.replace(",\"", " \t\r\n,\n \"").replace("\":", "\": \t").concat("\r\n")));
    isPlain(bytes("{ " + BARE + " } "));
    fallsBack(bytes(" {" + BARE + "}"));
    fallsBack(bytes("{" + BARE.replace(":", " : ") + "}"));
  }

  @Test
  void everyLengthOfStringAndNumberIsRead() {
    for (int length = 1; length <= 40; length++) {
      String text = "x".repeat(length);
      isPlain(
          bytes(
              "{'id':'" + text + "','time':5,'service':'" + text + "','route':'/','status':200}"));
      isPlain(bytes("{'time':5,'status':200,'route':'/','service':'" + text + "'}"));
    }
    for (long number = 1; number <= 1_000_000_000_000L; number = number * 10 + number % 7) {
      isPlain(bytes("{" + BARE + ",'duration_us':" + number + "}"));
      isPlain(bytes("{'bytes':" + number + "," + BARE + "}"));
    }
  }

  @Test
  void limitsAreThoseOfTheCodec() {
    for (int status : new int[] {0, 99, 100, 101, 998, 999, 1000}) {
      sameAsCodec(bytes(EVENT.replace("200", "" + status)));
    }
    for (long limit : new long[] {RequestEvent.MAX_BYTES, 1L << 32, Long.MAX_VALUE}) {
      for (long number = limit - 1; number != limit + 2; number++) {
        sameAsCodec(bytes(EVENT.replace("812}", number + "}")));
        sameAsCodec(bytes(EVENT.replace("1834", "" + number)));
        sameAsCodec(bytes(EVENT.replace("200", "" + number)));
      }
    }
    isPlain(bytes(EVENT.replace("1834", "" + RequestEvent.MAX_DURATION_US)));
    isPlain(bytes(EVENT.replace("812}", RequestEvent.MAX_BYTES + "}")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-0",
        "-1",
        "00",
        "05",
        "5.0",
        "5e0",
        "+5",
        ".5",
        "5.",
        "0x5",
        "1_0",
        "5x",
        "'5'",
        "''",
        "null",
        "true",
        "NaN",
        "[5]",
        "{'time':5}",
        "",
        "5 5",
        "999999999999999999",
        "1000000000000000000",
        "9223372036854775808",
        "18446744073709551816",
        "1844674407370955161600000000000200",
        "000000000000000000000000000000000005"
      })
  void oddValuesAreJudgedAsTheCodecJudges(String value) {
    for (String field : new String[] {"time", "status", "duration_us", "bytes", "service", "id"}) {
      sameAsCodec(bytes(EVENT.replaceFirst("(\"" + field + "\":)[^,}]*", "$1" + value)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "**",
        "|",
        "a|b",
        "*|*",
        "ü",
        "日本",
        "😀",
        "\\n",
        "\\u0041",
        "\\ud800",
        "\\ud83d\\ude00",
        "\\udc00\\ud800",
        "\\x",
        "\\",
        "a\tb",
        "a\nb",
        "a\0b",
        "\u001f",
        "\u007f",
        " ",
        "\\\\",
        "abcdefg\\\"",
        "{}[]:,"
      })
  void oddNamesAreJudgedAsTheCodecJudges(String value) {
    for (String name : new String[] {"01K", "checkout", "/v1/orders/{id}", "POST"}) {
      sameAsCodec(bytes(EVENT.replace(name, value)));
      sameAsCodec(bytes(EVENT.replace(name, "0123456" + value + "x")));
    }
  }

  @Test
  void everyByteIsJudgedAsTheCodecJudgesEverywhere() {
    byte[] json = bytes(EVENT);
    for (int at = 0; at < json.length; at++) {
      for (int value = 0; value < 256; value++) {
        byte[] changed = json.clone();
        changed[at] = (byte) value;
        sameAsCodec(changed);
      }
    }
  }

  @Test
  void truncationAtEachByteIsRefused() {
    byte[] json = bytes(EVENT);
    for (int length = 0; length < json.length; length++) {
      byte[] part = Arrays.copyOf(json, length);
      assertThrows(InvalidEventException.class, () -> scanner.scan(part));
      sameAsCodec(part);
    }
  }

  @Test
  void fieldsTwiceAreRefused() {
    for (String field : EVENT.substring(1, EVENT.length() - 1).split(",", -1)) {
      for (String twice :
          new String[] {
            EVENT.replace(field, field + "," + field),
            EVENT.replace("{\"id", "{" + field + ",\"id"),
            EVENT.replace("812}", "812," + field + "}")
          }) {
        InvalidEventException e =
            assertThrows(InvalidEventException.class, () -> scanner.scan(bytes(twice)));
        assertTrue(e.getMessage().contains("occurs twice"), e.getMessage());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'\\u0074ime':5,'service':'a','route':'/','status':200}",
        "{'\\u0074ime':5," + BARE + "}",
        "{" + BARE + ",'x':1}",
        "{" + BARE + ",'idd':'1'}",
        "{" + BARE + ",'services':'1','status_':1,'statu':2,'Time':3}",
        "{" + BARE + ",'method':7,'id':{'a':[1]}}",
        "{" + BARE + ",'':1}",
        "{" + BARE + ",}",
        "{," + BARE + "}",
        "{" + BARE + "},",
        "{" + BARE + "}}",
        "{" + BARE + "}{}",
        "{" + BARE + "} x",
        "{" + BARE + "]",
        "{" + BARE + "}\0",
        "\ufeff{" + BARE + "}",
        "[{" + BARE + "}]",
        "{'time' 5}",
        "{}",
        "{",
        "}",
        "",
        "null",
        "{'time':5,'service':'a','route':'/'}",
        "{'service':'a','route':'/','status':200}",
        "{'time':5,'route':'/','status':200}",
        "{'time':5,'service':'a','status':200}"
      })
  void oddObjectsAreJudgedAsTheCodecJudges(String json) {
    sameAsCodec(bytes(json));
    sameAsCodec(bytes(json.replace(",", " ,\t").replace("}", "\n}")));
  }

  @Test
  void brokenOrForeignEncodingsAreJudgedAsTheCodecJudges() {
    byte[][] broken = {
      {(byte) 0xff},
      {(byte) 0xc3},
      {(byte) 0xc3, '('},
      {(byte) 0xc0, (byte) 0x80},
      {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
      {(byte) 0xf5, (byte) 0x80, (byte) 0x80, (byte) 0x80},
      {(byte) 0xe2, (byte) 0x82}
    };
    for (byte[] sequence : broken) {
      for (String name : new String[] {"01K", "checkout", "orders", "POST", "status"}) {
        // In Latin-1 a character is a byte.
        String text = new String(sequence, StandardCharsets.ISO_8859_1);
        sameAsCodec(EVENT.replace(name, text).getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    sameAsCodec(EVENT.getBytes(StandardCharsets.UTF_16LE));
    sameAsCodec(EVENT.getBytes(StandardCharsets.UTF_16BE));
    sameAsCodec(EVENT.getBytes(StandardCharsets.UTF_16));
    sameAsCodec(new byte[100]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 32, 40, 5_000})
  void deepNestingIsJudgedAsTheCodecJudges(int depth) {
    String nested = "[".repeat(depth) + "]".repeat(depth);
    sameAsCodec(bytes("{" + BARE + ",'x':" + nested + "}"));
    sameAsCodec(bytes("{'id':" + nested + "," + BARE + "}"));
    sameAsCodec(bytes("{'time':" + nested + "}"));
  }

  @Test
  void anEventMayHave64KiBAndNotAByteMore() {
    int rest = ("{" + BARE + ",'id':''}").length();
    for (int length = Topics.MAX_EVENT_BYTES - 1; length < Topics.MAX_EVENT_BYTES + 2; length++) {
      byte[] json = bytes("{" + BARE + ",'id':'" + "x".repeat(length - rest) + "'}");
      assertEquals(length, json.length);
      if (length <= Topics.MAX_EVENT_BYTES) {
        isPlain(json);
      } else {
        assertThrows(InvalidEventException.class, () -> scanner.scan(json));
      }
    }
  }

  @Test
  void namesOfAnEventThatIsNotPlainAreUtf8WithoutEscapes() {
    fallsBack(bytes(EVENT.replace("checkout", "k\\u00e4se").replace("/v1", "/日|\\\"")));
    assertArrayEquals(
        "käse".getBytes(StandardCharsets.UTF_8),
        Arrays.copyOfRange(scanner.buffer(), scanner.serviceStart(), scanner.serviceEnd()));
    assertArrayEquals(
        "/日|\"/orders/{id}".getBytes(StandardCharsets.UTF_8),
        Arrays.copyOfRange(scanner.buffer(), scanner.routeStart(), scanner.routeEnd()));
  }

  @Test
  void anEventMayBeAheadOfTheClockWithinTheSkew() {
    long latest = NOW + SKEW.toMillis();
    isPlain(at(latest));
    assertThrows(InvalidEventException.class, () -> scanner.scan(at(latest + 1)));
    now.addAndGet(1);
    isPlain(at(latest + 1));
    assertThrows(InvalidEventException.class, () -> scanner.scan(at(latest + 2)));
  }

  @Test
  void aClockThatStepsBackIsNoticedWithin1024Events() {
    byte[] event = at(NOW + SKEW.toMillis());
    scanner.scan(event);
    now.addAndGet(-1);
    for (int i = 0; i < 1023; i++) {
      scanner.scan(at(0));
    }
    assertThrows(InvalidEventException.class, () -> scanner.scan(event));
  }

  @Test
  void aSkewWithoutEndAcceptsEveryTime() {
    EventScanner patient =
        new EventScanner(new RequestEventCodec(clock(now), Duration.ofMillis(Long.MAX_VALUE)));
    patient.scan(at(999_999_999_999_999_999L));
    assertEquals(999_999_999_999_999_999L, patient.time());
    assertEquals(0, patient.fallbacks());
  }

  private static byte[] at(long time) {
    return bytes(EVENT.replace("" + NOW, "" + time));
  }

  private void isPlain(byte[] json) {
    long before = scanner.fallbacks();
    sameAsCodec(json);
    assertEquals(before, scanner.fallbacks(), "fell back");
    assertSame(json, scanner.buffer());
  }

  private void fallsBack(byte[] json) {
    long before = scanner.fallbacks();
    sameAsCodec(json);
    assertEquals(before + 1, scanner.fallbacks(), "did not fall back");
  }

  private void sameAsCodec(byte[] json) {
    assertEquals(
        Verdict.of(codec, json),
        Verdict.of(scanner, json),
        () -> new String(json, StandardCharsets.UTF_8));
  }

  private static byte[] bytes(String json) {
    return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  private static Clock clock(AtomicLong now) {
    InstantSource source = () -> Instant.ofEpochMilli(now.get());
    return source.withZone(ZoneOffset.UTC);
  }
}
