package dev.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.RequestEventCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventBatchTest {
  private static final String EVENT =
      "{\"time\":5,\"service\":\"a\",\"route\":\"/b\",\"status\":200}";

  private final RequestEventCodec codec = new RequestEventCodec();

  @Test
  void findsTheEventsOfLines() {
    EventBatch batch = lines("\n" + EVENT + "\r\n \t\nnope\n  " + EVENT + "  ");
    assertEquals(List.of(EVENT, EVENT), texts(batch));
    assertEquals(1, batch.rejected());
    assertEquals(4, batch.errors().getFirst().line());
    assertEquals(5, batch.time(1));
  }

  @Test
  void findsTheEventsOfAnArray() {
    String nested =
        "{\"x\":[{\"]\":\"}\\\"[\"}], \"time\":5,\n\"service\":\"ä\",\"route\":\"/b\",\"status\":200}";
    EventBatch batch = json(" [" + EVENT + " , 7, " + nested + ",{},null,\"s\"," + EVENT + "] ");
    assertEquals(List.of(EVENT, nested, EVENT), texts(batch));
    assertEquals(
        List.of(2, 4, 5, 6), batch.errors().stream().map(EventBatch.LineError::line).toList());
    assertEquals("not a JSON object", batch.errors().getFirst().error());
  }

  @Test
  void aSingleObjectMayHaveLines() {
    String event = EVENT.replace(",", ",\n  ");
    assertEquals(List.of(event), texts(json("\n " + event + "\n")));
  }

  @Test
  void whatComesBeforeABreakInAnArrayHolds() {
    for (int cut = 2 + EVENT.length(); cut < 2 * EVENT.length() + 2; cut++) {
      EventBatch batch = json(("[" + EVENT + "," + EVENT + "]").substring(0, cut));
      assertEquals(List.of(EVENT), texts(batch), "cut at " + cut);
      assertEquals(1, batch.rejected());
    }
    assertEquals(1, json("[" + EVENT + "] " + EVENT).rejected());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n\n", "[]", " [ ] "})
  void nothingIsNoEventAndNoError(String body) {
    EventBatch batch = json(body);
    assertEquals(0, batch.size() + batch.rejected());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[\0]", "[\0\"\0", "\u00ff\u00fe", "\u00ef\u00bb\u00bf[", "[\u0080]", "}"})
  void brokenBytesAreAnError(String body) {
    EventBatch batch = json(body);
    assertEquals(0, batch.size());
    assertEquals(1, batch.rejected(), batch.errors().toString());
  }

  @Test
  void depthAndNumbersAreBounded() {
    String deep = "[".repeat(10_000);
    assertEquals(1, json(deep).rejected());
    assertEquals(1, lines("{\"x\":" + deep).rejected());
    String number = "{\"x\":" + "9".repeat(10_000) + ",\"time\":5}";
    assertEquals(1, json("[" + number + "]").rejected());
    assertEquals(1, lines(number).rejected());
  }

  @Test
  void anEventBeyondTheLimitIsRefusedAlone() {
    String large = EVENT.replace("/b", "/" + "b".repeat(70_000));
    EventBatch batch = lines(large + "\n" + EVENT);
    assertEquals(List.of(EVENT), texts(batch));
    assertTrue(batch.errors().getFirst().error().contains("at most 65536"));
  }

  @Test
  void tellsTheFirstHundredErrorsAndCountsTheRest() {
    EventBatch batch = lines("x\n".repeat(250) + EVENT);
    assertEquals(250, batch.rejected());
    assertEquals(EventBatch.MAX_ERRORS, batch.errors().size());
    assertEquals(1, batch.size());
  }

  @Test
  void linesAndArraysOfTheSameEventsAreTheSame() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      List<String> elements = new ArrayList<>();
      for (int i = random.nextInt(60); i >= 0; i--) {
        elements.add(
            switch (random.nextInt(5)) {
              case 0 -> "{\"time\":\"no\"}";
              case 1 -> "[1,[2]]";
              case 2 -> EVENT.replace("a", "ü\\u00fc");
              default -> EVENT.replace("5", Integer.toString(random.nextInt(1_000)));
            });
      }
      EventBatch array = json("[" + String.join(" ,", elements) + "]");
      EventBatch lines = lines(String.join("\n", elements));
      assertEquals(texts(lines), texts(array));
      assertEquals(lines.rejected(), array.rejected());
      assertEquals(
          lines.errors().stream().map(EventBatch.LineError::line).toList(),
          array.errors().stream().map(EventBatch.LineError::line).toList());
    }
  }

  private EventBatch lines(String text) {
    byte[] bytes = bytes(text);
    return EventBatch.ofLines(bytes, bytes.length, codec);
  }

  private EventBatch json(String text) {
    byte[] bytes = bytes(text);
    return EventBatch.ofJson(bytes, bytes.length, codec);
  }

  private static byte[] bytes(String text) {
    return text.chars().allMatch(c -> c < 256 && c != 'ä' && c != 'ü')
        ? text.getBytes(StandardCharsets.ISO_8859_1)
        : text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> texts(EventBatch batch) {
    return IntStream.range(0, batch.size())
        .mapToObj(i ->
            new String(
                batch.bytes(), batch.from(i), batch.to(i) - batch.from(i), StandardCharsets.UTF_8))
        .toList();
  }
}
