package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.ReplayNote;
import dev.millrace.events.RequestEventCodec;
import dev.millrace.events.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/// Dead letters: their names, what is known of them, and what becomes of them in a replay.
class LettersTest {
  private static final byte[] EVENT =
      bytes("{\"time\":1700000000000,\"service\":\"s\",\"route\":\"/\",\"status\":200}");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static DeadLetter letter(long offset, byte[] value, Map<String, String> headers) {
    RecordHeaders all = new RecordHeaders();
    headers.forEach((name, text) -> all.add(name, bytes(text)));
    return new DeadLetter(
        new ConsumerRecord<>(
            Topics.DEAD_LETTERS,
            0,
            offset,
            1_700_000_060_000L,
            TimestampType.CREATE_TIME,
            0,
            value == null ? 0 : value.length,
            null,
            value,
            all,
            Optional.empty()));
  }

  private static DeadLetter letter(long offset, byte[] value) {
    return letter(offset, value, Map.of(Topics.DEAD_LETTER_HEADERS + "message", "status is 7"));
  }

  private static LetterCheck check(boolean again, boolean unchecked, Optional<byte[]> mended) {
    return new LetterCheck(
        new RequestEventCodec(Clock.systemUTC(), Duration.ofSeconds(10)), again, unchecked, mended);
  }

  private static ReplayedLetters replayed(long... runs) {
    ReplayedLetters replayed = new ReplayedLetters();
    for (int i = 0; i < runs.length; i += 2) {
      replayed.add(new ReplayNote(List.of(new ReplayNote.Letters(0, runs[i], runs[i + 1])), 1));
    }
    return replayed;
  }

  @ParameterizedTest
  @CsvSource({
    "0-17, 0, 17, 17",
    "3:17, 3, 17, 17",
    "0-17..25, 0, 17, 25",
    "0-17.., 0, 17, 9223372036854775807"
  })
  void lettersAreNamedByWhereTheyStand(String text, int partition, long from, long to) {
    assertEquals(new LetterRange(partition, from, to), LetterRange.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"17", "0-", "-1-2", "0-5..3", "a-1", "0-1...2", "0-99999999999999999999"})
  void whatNamesNoLetterIsRefused(String text) {
    TypeConversionException refusal =
        assertThrows(TypeConversionException.class, () -> LetterRange.parse(text));
    assertTrue(refusal.getMessage().startsWith("'" + text + "'"), refusal.getMessage());
  }

  @Test
  void runsOfReplayedLettersGrowTogether() {
    ReplayedLetters replayed = replayed(10, 19, 30, 39, 20, 29, 50, 50, 35, 45);
    for (long offset = 0; offset < 60; offset++) {
      boolean expected = (offset >= 10 && offset <= 45) || offset == 50;
      assertEquals(expected, replayed.contains(letter(offset, EVENT)), "offset " + offset);
    }
  }

  @Test
  void anEventIsSentWithItsOwnTime() {
    LetterCheck.Verdict verdict =
        check(false, false, Optional.empty()).judge(letter(1, EVENT), replayed());
    assertEquals(LetterCheck.Fate.READY, verdict.fate());
    assertEquals(1_700_000_000_000L, verdict.time());
    assertArrayEquals(EVENT, verdict.value());
  }

  @Test
  void whatWasReplayedIsSkippedUnlessItIsToBeReplayedAgain() {
    assertEquals(
        LetterCheck.Fate.REPLAYED,
        check(false, false, Optional.empty()).judge(letter(1, EVENT), replayed(1, 1)).fate());
    assertEquals(
        LetterCheck.Fate.READY,
        check(true, false, Optional.empty()).judge(letter(1, EVENT), replayed(1, 1)).fate());
  }

  @Test
  void whatIsNoEventIsSkippedUnlessItIsNotToBeChecked() {
    LetterCheck.Verdict bad =
        check(false, false, Optional.empty()).judge(letter(1, bytes("{}")), replayed());
    assertEquals(LetterCheck.Fate.BAD, bad.fate());
    assertEquals("required field 'time' is missing", bad.why());
    LetterCheck.Verdict sent =
        check(false, true, Optional.empty()).judge(letter(1, null), replayed());
    assertEquals(LetterCheck.Fate.READY, sent.fate());
    assertNull(sent.value());
    assertEquals(1_700_000_060_000L, sent.time());
  }

  @Test
  void whatIsCutOffIsNeverSentAsItIs() {
    DeadLetter cut =
        letter(1, EVENT, Map.of(Topics.DEAD_LETTER_HEADERS + "truncated", "value of 9 bytes"));
    assertEquals(
        LetterCheck.Fate.CUT_OFF,
        check(true, true, Optional.empty()).judge(cut, replayed()).fate());
    assertEquals(
        LetterCheck.Fate.READY,
        check(false, false, Optional.of(EVENT)).judge(cut, replayed()).fate());
  }

  @Test
  void aMendedValueIsCheckedToo() {
    assertEquals(
        LetterCheck.Fate.BAD,
        check(false, false, Optional.of(bytes("{"))).judge(letter(1, EVENT), replayed()).fate());
  }

  @Test
  void aNoteIsNotForgedByAnEventsHeaders() {
    Map<String, String> note = Map.of(ReplayNote.HEADER, "");
    assertTrue(DeadLetter.isNote(letter(1, bytes("{}"), note).record()));
    assertFalse(
        DeadLetter.isNote(
            letter(
                    1,
                    bytes("{}"),
                    Map.of(ReplayNote.HEADER, "", Topics.DEAD_LETTER_HEADERS + "message", "reason"))
                .record()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"letters\":[null],\"marks\":1}", "[]", "x"})
  void whatIsNoNoteIsNotTakenForOne(String json) {
    assertThrows(IOException.class, () -> JsonRecords.REPLAYS.decode(bytes(json)));
  }

  @Test
  void aNewLetterMakesLateTheOldOnesBehindIt() {
    ReplayCounts plan = new ReplayCounts(Long.MIN_VALUE, 11_000);
    long[] times = {100_000, 89_000, 88_999, 120_000, 108_000};
    for (int i = 0; i < times.length; i++) {
      plan.add(
          letter(i, EVENT),
          new LetterCheck.Verdict(LetterCheck.Fate.READY, "", EVENT, times[i]),
          false);
    }
    assertEquals(2, plan.late());
    ReplayCounts behindOthers = new ReplayCounts(100_000, 11_000);
    behindOthers.add(
        letter(0, EVENT),
        new LetterCheck.Verdict(LetterCheck.Fate.READY, "", EVENT, 88_999),
        false);
    assertEquals(1, behindOthers.late());
  }

  @Test
  void jsonHasNothingThatATerminalObeys() throws IOException {
    String hostile = "\u009b2J \u202e \u007f \u001b ü 漢 \ud83d\ude00";
    String line =
        LetterJson.line(
            letter(
                1,
                bytes(hostile),
                Map.of(Topics.DEAD_LETTER_HEADERS + "message", "no \u009b2J event")),
            false);
    for (String obeyed : List.of("\u009b", "\u202e", "\u007f", "\u001b")) {
      assertFalse(line.contains(obeyed), line);
    }
    assertTrue(line.contains("ü 漢"), line);
    assertTrue(line.contains("\\u009b2J \\u202e \\u007F \\u001B"), line);
    Map<String, String> texts = new HashMap<>();
    try (JsonParser json = new JsonFactory().createParser(line)) {
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
          texts.putIfAbsent(json.currentName(), json.getText());
        }
      }
    }
    assertEquals(hostile, texts.get("value"));
    assertEquals("no \u009b2J event", texts.get("reason"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "field 'time' is 7, must be 0 to 9; field 'time' is #, must be # to #",
        "service 'a|b' must not contain '|'; service '…' must not contain '|'",
        "not JSON: Unrecognized token 'x1': was; not JSON: Unrecognized token '…': was"
      })
  void aKindOfReasonHasNothingOfItsLetter(String reason, String kind) {
    assertEquals(kind, DeadLetter.kind(reason));
  }

  @Test
  void reasonsAreCountedWithoutTheirFigures() {
    ReasonCounts counts = new ReasonCounts();
    for (int i = 0; i < 3; i++) {
      counts.add(
          letter(i, EVENT, Map.of(Topics.DEAD_LETTER_HEADERS + "message", "status is " + i)),
          i == 0);
    }
    counts.add(letter(3, EVENT, Map.of(Topics.DEAD_LETTER_HEADERS + "message", "other")), false);
    List<ReasonCounts.Count> all = counts.mostFrequentFirst();
    assertEquals(
        List.of("status is #", "other"), all.stream().map(ReasonCounts.Count::reason).toList());
    assertEquals(3, all.getFirst().letters());
    assertEquals(1, all.getFirst().replayed());
    assertEquals("0-2", all.getFirst().newest());
  }

  @Test
  void whereALetterComesFromIsSaid() {
    assertEquals(
        "requests 1-7",
        letter(
                1,
                EVENT,
                Map.of(
                    Topics.DEAD_LETTER_HEADERS + "topic", "requests",
                    Topics.DEAD_LETTER_HEADERS + "partition", "1",
                    Topics.DEAD_LETTER_HEADERS + "offset", "7"))
            .origin());
    assertEquals("a.log:3", letter(1, EVENT, Map.of("millrace.source", "a.log:3")).origin());
    assertEquals("(not said)", letter(1, EVENT, Map.of()).origin());
  }
}
