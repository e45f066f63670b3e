package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EdgeAnswerTest {
  private static EdgeAnswer answer(int status, String body, int lines) {
    return EdgeAnswer.read(status, body.getBytes(StandardCharsets.UTF_8), lines);
  }

  /// A letter a line: acknowledged, refused, failed, unknown.
  private static String fates(EdgeAnswer answer, int lines) {
    return IntStream.rangeClosed(1, lines)
        .mapToObj(line -> fate(answer.failure(line)))
        .collect(Collectors.joining());
  }

  private static String fate(NotAcknowledged failure) {
    if (failure == null) {
      return "A";
    }
    return failure.isRefusal() ? "R" : failure.fate().name().substring(0, 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "202 | {\"accepted\":3} | AAA",
        "202 | {\"accepted\":2} | UUU",
        "202 | <html> | UUU",
        "200 | OK | UUU",
        "400 | {\"accepted\":2,\"rejected\":1,\"errors\":[{\"line\":2,\"error\":\"no\"}]} | ARA",
        "400 | {\"accepted\":1,\"rejected\":1,\"errors\":[{\"line\":2,\"error\":\"no\"}]} | UUU",
        "400 | {\"accepted\":3,\"rejected\":0,\"errors\":[{\"line\":2,\"error\":\"no\"}]} | UUU",
        "400 | {\"accepted\":2,\"rejected\":1,\"errors\":[{\"line\":4,\"error\":\"no\"}]} | UUU",
        "400 | {\"accepted\":5,\"rejected\":-2} | UUU",
        "400 | {\"accepted\":2,\"rejected\":2} | UUU",
        "400 | {\"accepted\":2} | UUU",
        "202 | {\"accepted\":3,\"rejected\":1} | UUU",
        "400 | {\"accepted\":1,\"rejected\":2,\"errors\":[{\"line\":2,\"error\":\"no\"}]} | ARU",
        "400 | {\"title\":\"Bad Request\",\"detail\":\"bad\",\"accepted\":0} | FFF",
        "400 | nonsense | FFF",
        "503 | {\"accepted\":0} | FFF",
        "503 | {\"accepted\":0,\"failed\":3,\"unknown\":0,\"errors\":[]} | FFF",
        "503 | {\"accepted\":0,\"failed\":0,\"unknown\":0,\"errors\":[]} | UUU",
        "503 | {\"accepted\":0,\"failed\":2,\"unknown\":0,\"errors\":[]} | UUU",
        "503 | {\"accepted\":0,\"unknown\":0} | UUU",
        "503 | {\"accepted\":0,\"failed\":2,\"unknown\":0,\"rejected\":1,"
            + "\"errors\":[{\"line\":2,\"error\":\"no\"}]} | FRF",
        "503 | {\"accepted\":1,\"failed\":2,\"unknown\":0,\"errors\":[]} | UUU",
        "503 | {\"accepted\":0,\"failed\":2,\"unknown\":1,\"errors\":[]} | UUU",
        "503 | {\"accepted\":1,\"unknown\":1,\"rejected\":1,\"errors\":[{\"line\":1,\"error\":\"\"}]}"
            + " | RUU",
        "503 | <html>a balancer's</html> | UUU",
        "503 | {\"accepted\":\"none\"} | UUU",
        "503 | {\"accepted\":0,\"failed\": | UUU",
        "429 | {\"accepted\":0} | FFF",
        "429 | {\"accepted\":2} | UUU",
        "401 | `` | FFF",
        "408 | `` | FFF",
        "413 | `` | FFF",
        "500 | {\"accepted\":0} | UUU",
        "302 | `` | UUU",
      })
  void saysOfEachLineWhatIsKnown(int status, String body, String fates) {
    assertEquals(fates, fates(answer(status, body, 3), 3));
  }

  @Test
  void linesAfterTheLastErrorThatIsToldAreOpenIfMoreWereRejected() {
    String errors =
        IntStream.rangeClosed(1, 100)
            .mapToObj(i -> "{\"line\":" + 2 * i + ",\"error\":\"no\"}")
            .collect(Collectors.joining(","));
    String fates =
        fates(
            answer(400, "{\"accepted\":145,\"rejected\":105,\"errors\":[" + errors + "]}", 250),
            250);
    assertEquals("AR".repeat(100) + "U".repeat(50), fates);
  }

  @Test
  void theReasonHasStatusAndDetail() {
    assertEquals(
        "the edge answered with 503: Kafka has not taken all events",
        answer(503, "{\"accepted\":0,\"detail\":\"Kafka has not taken all events\"}", 1)
            .failure(1)
            .getMessage());
    String text =
        answer(400, "{\"accepted\":0,\"detail\":\"" + "x".repeat(5_000) + "\"}", 1)
            .failure(1)
            .getMessage();
    assertTrue(text.length() < 400, text);
  }
}
