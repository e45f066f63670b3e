package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.WindowSummary;
import dev.millrace.sink.WindowDecoder.NotAWindowException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowDecoderTest {
  private static final String GOOD =
      new String(
          JsonRecords.WINDOWS.encode(
              Traffic.row(
                  Traffic.START,
                  "checkout|/",
                  List.of(Traffic.event(Traffic.START, Traffic.ORDERS, 200, 1834, 812)))),
          StandardCharsets.UTF_8);

  private static WindowSummary decode(String json) throws NotAWindowException {
    return WindowDecoder.decode(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsARow() throws NotAWindowException {
    assertEquals(1, decode(GOOD).requests());
    assertEquals(1834, decode(GOOD).durationUs().max());
  }

  @Test
  void ignoresUnknownFields() throws NotAWindowException {
    assertEquals(1, decode(GOOD.replaceFirst("\\{", "{\"later\":[1],")).requests());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "\"requests\":1; \"requests\":-1; a count is negative",
        "\"requests\":1; \"requests\":\"x\"; not a JSON window row",
        "\"service\":\"checkout\"; \"service\":null; service or route is missing",
        "\"window_size_ms\":1000; \"x\":1000; window_size_ms is missing",
        "\"window_start\":; \"window_start\":-1,\"x\":; window_start -1 is not in the years",
        "\"window_start\":; \"window_start\":253402300800000,\"x\":; is not in the years 1970 to",
        "\"rate_per_s\":1.0; \"rate_per_s\":\"NaN\"; rate_per_s is not a number",
        "\"max\":1834.0; \"max\":\"Infinity\"; a duration is not a number",
        "\"histogram\":; \"x\":; only one of duration_us and histogram",
        "\"bucket_counts\":[1]; \"bucket_counts\":[2]; differ in their count",
        "\"bucket_counts\":[1]; \"bucket_counts\":[2,-1]; negative bucket counts",
        "\"bucket_counts\":[1]; \"bucket_counts\":null; no or negative bucket counts",
        "\"scale\":6; \"scale\":5; histogram has scale 5, this version reads 6",
        "\"offset\":; \"offset\":-2000000000,\"x\":; buckets that no duration has",
        "\"offset\":; \"offset\":2000000000,\"x\":; buckets that no duration has",
        "{\"window_start\"; [\"window_start\"; not a JSON window row",
      })
  void refusesBrokenRows(String part, String replacement, String reason) {
    assertTrue(GOOD.contains(part), GOOD);
    assertRefused(GOOD.replace(part, replacement), reason);
  }

  @Test
  void refusesNamesThatNotEveryDatabaseTakes() throws NotAWindowException {
    String service = "\"service\":\"checkout\"";
    assertRefused(GOOD.replace(service, "\"service\":\"a\\u0000b\""), "character U+0000");
    assertRefused(GOOD.replace(service, "\"service\":\"a\\ud800\""), "is not Unicode");
    String longest = "ü".repeat(WindowDecoder.MAX_NAME_BYTES / 2 - 1);
    assertEquals(
        longest + "x", decode(GOOD.replace(service, "\"service\":\"" + longest + "x\"")).service());
    assertRefused(
        GOOD.replace(service, "\"service\":\"" + longest + "xx\""),
        "service and route have 2601 bytes, 2600 are allowed");
  }

  @Test
  void refusesWhatIsNoRowAtAll() {
    assertRefused("", "not a JSON window row");
    assertRefused("null", "no value");
    assertRefused("{}", "service or route is missing");
    assertThrows(NotAWindowException.class, () -> WindowDecoder.decode(null));
  }

  private static void assertRefused(String json, String reason) {
    NotAWindowException refusal = assertThrows(NotAWindowException.class, () -> decode(json));
    assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
  }
}
