package dev.millrace.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestEventCodecTest {
  private static final long NOW = 1_763_715_928_123L;
  private static final String EVENT =
      """
      {"id":"01K","time":1763715928123,"service":"checkout","route":"/v1/orders/{id}",\
      "method":"POST","status":200,"duration_us":1834,"bytes":812}\
      """;

  private final RequestEventCodec codec =
      new RequestEventCodec(
          Clock.fixed(Instant.ofEpochMilli(NOW), ZoneOffset.UTC), Duration.ofMinutes(5));

  @Test
  void readsTheEventOfTheContract() {
    assertEquals(
        new RequestEvent(
            "01K", NOW, "checkout", "/v1/orders/{id}", "POST", 200, OptionalLong.of(1834), 812),
        decode(EVENT));
  }

  @Test
  void optionalFieldsMayBeAbsentOrNull() {
    RequestEvent bare = new RequestEvent("", 5, "a", "/", "", 200, OptionalLong.empty(), 0);
    assertEquals(bare, decode("{'time':5,'service':'a','route':'/','status':200}"));
    assertEquals(
        bare,
        decode(
            "{'time':5,'service':'a','route':'/','status':200,'duration_us':null,'bytes':null,'id':null}"));
  }

  @Test
  void unknownFieldsAreIgnored() {
    assertEquals(
        decode("{'time':5,'service':'a','route':'/','status':200}"),
        decode("{'x':{'time':[1,{'y':2}]},'time':5,'service':'a','route':'/','status':200,'x':1}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "; not a JSON object",
        "nonsense; not JSON",
        "[]; not a JSON object",
        "17; not a JSON object",
        "{'time':5,'service':'a','route':'/','status':200; ends too early",
        "{'time':5,'service':'a','route':'/','status':200} {}; more than one JSON value",
        "{'service':'a','route':'/','status':200}; 'time' is missing",
        "{'time':5,'route':'/','status':200}; 'service' is missing",
        "{'time':5,'service':'a','status':200}; 'route' is missing",
        "{'time':5,'service':'a','route':'/'}; 'status' is missing",
        "{'time':'5','service':'a','route':'/','status':200}; 'time' must be an integer",
        "{'time':5.5,'service':'a','route':'/','status':200}; 'time' must be an integer",
        "{'time':-1,'service':'a','route':'/','status':200}; 'time' is -1",
        "{'time':99999999999999999999,'service':'a','route':'/','status':200}; 'time' must be an integer",
        "{'time':9223372036854775807,'service':'a','route':'/','status':200}; ahead of the clock",
        "{'time':5,'time':5,'service':'a','route':'/','status':200}; 'time' occurs twice",
        "{'time':5,'service':7,'route':'/','status':200}; 'service' must be a string",
        "{'time':5,'service':'','route':'/','status':200}; 'service' must not be empty",
        "{'time':5,'service':'*','route':'/','status':200}; 'service' must not be '*'",
        "{'time':5,'service':'a\\ud800','route':'/','status':200}; half of a surrogate pair",
        "{'time':5,'service':'a','route':'\\udc00\\ud800','status':200}; half of a surrogate pair",
        "{'time':5,'service':'a|b','route':'/','status':200}; must not contain '|'",
        "{'time':5,'service':'a','route':'*','status':200}; 'route' must not be '*'",
        "{'time':5,'service':'a','route':'/','status':99}; 'status' is 99",
        "{'time':5,'service':'a','route':'/','status':200,'duration_us':-1}; 'duration_us' is -1",
        "{'time':5,'service':'a','route':'/','status':200,'duration_us':'1'}; 'duration_us' must be",
        "{'time':5,'service':'a','route':'/','status':200,'bytes':2000000000000000}; 'bytes' is"
      })
  void refusesWhatBreaksTheContract(String json, String reason) {
    InvalidEventException e =
        assertThrows(InvalidEventException.class, () -> decode(json == null ? "" : json));
    assertTrue(e.getMessage().contains(reason), e.getMessage());
  }

  @Test
  void anEventMayBeAheadOfTheClockWithinTheSkew() {
    long latest = NOW + Duration.ofMinutes(5).toMillis();
    String event = "{'time':%d,'service':'a','route':'/','status':200}";
    assertEquals(latest, decode(event.formatted(latest)).time());
    assertThrows(InvalidEventException.class, () -> decode(event.formatted(latest + 1)));
  }

  @Test
  void refusesMoreThan64KiB() {
    String padding = "x".repeat(Topics.MAX_EVENT_BYTES);
    String json = "{'time':5,'service':'a','route':'/','status':200,'x':'" + padding + "'}";
    assertThrows(InvalidEventException.class, () -> decode(json));
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 5_000})
  void refusesDeepNestingWithoutOverflow(int depth) {
    String json = "{'x':" + "[".repeat(depth) + "]".repeat(depth) + "}";
    assertThrows(InvalidEventException.class, () -> decode(json));
  }

  @Test
  void refusesTruncationAtEachByte() {
    byte[] whole = EVENT.getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThrows(InvalidEventException.class, () -> codec.decode(part));
    }
  }

  @Test
  void mutatedBytesAreReadOrRefusedAndNothingElse() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 100_000; i++) {
      byte[] json = EVENT.getBytes(StandardCharsets.UTF_8);
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        json[random.nextInt(json.length)] = (byte) random.nextInt(256);
      }
      try {
        RequestEvent event = codec.decode(json);
        assertEquals(event, codec.decode(codec.encode(event)));
      } catch (InvalidEventException e) {
        assertTrue(e.getMessage() != null);
      }
    }
  }

  @Test
  void readsBackWhatItWrites() {
    RequestEvent odd =
        new RequestEvent("", 0, "ünï \"quoted\"", "/a|b\\\n", "", 999, OptionalLong.of(0), 0);
    assertEquals(odd, codec.decode(codec.encode(odd)));
  }

  private RequestEvent decode(String json) {
    return codec.decode(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }
}
