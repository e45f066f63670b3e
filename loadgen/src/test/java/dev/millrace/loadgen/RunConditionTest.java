package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.RunCondition.Answer;
import dev.millrace.loadgen.RunSummary.Latencies;
import dev.millrace.loadgen.RunSummary.Latency;
import dev.millrace.loadgen.RunSummary.Rate;
import dev.millrace.loadgen.RunSummary.Totals;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunConditionTest {
  private static final Latency NOTHING = new Latency(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /// p99 of acknowledgements 23.4 ms; 1,000 sent, 2 of them failed.
  private static final RunFigures RUN = run(23_400, 2);

  private static RunFigures run(long p99, long failed) {
    return new RunFigures(
        new Totals(1_000, 998 - failed, 2, failed, 0),
        new Rate(100.0, 99.5, 99),
        new Latencies(
            new Latency(998, 1_500.5, 1_000, 9_000, 15_000, p99, 40_000, 50_000, 50_000),
            NOTHING,
            null),
        Optional.of(true));
  }

  @ParameterizedTest
  @CsvSource({
    "ack.p99 > 20ms, true",
    "ack.p99>20ms, true",
    "'  ack.p99  >=  23.4 ms ', true",
    "ack.p99 > 23.4ms, false",
    "ack.p99 < 1s, true",
    "ack.p99 <= 23399us, false",
    "ack.p99 = 23400us, true",
    "ack.p99 == 23400us, true",
    "ack.p99 != 23400us, false",
    "ack.mean > 1.5ms, true",
    "ack.p9999 >= 50ms, true",
    "rate.sent < 100, true",
    "rate.acknowledged < 0.1k/s, true",
    "totals.sent = 1k, true",
    "totals.failed > 1, true",
    "totals.unknown > 0, false",
    "totals.rejected = 2, true",
    "share.failed > 0.1%, true",
    "share.failed > 0.002, false",
    "valid = false, false",
    "valid != false, true"
  })
  void comparesWithALimit(String condition, boolean met) {
    assertEquals(
        met ? Answer.MET : Answer.NOT_MET, RunCondition.parse(condition).check(RUN).answer());
  }

  @Test
  void saysWhatItHasFound() {
    assertEquals("ack.p99 is 23.40 ms", RunCondition.parse("ack.p99 > 20ms").check(RUN).finding());
  }

  @ParameterizedTest
  @ValueSource(strings = {"e2e.p99 > 2s", "lateness.p99 > 1ms", "lateness.max < 1ms"})
  void aFigureThatTheRunDoesNotHaveIsNoPass(String condition) {
    RunCondition.Verdict verdict = RunCondition.parse(condition).check(RUN);
    assertEquals(Answer.NO_FIGURE, verdict.answer());
    assertTrue(verdict.finding().startsWith("the run has no figure "), verdict.finding());
  }

  @Test
  void aKilledRunHasNotJudgedItself() {
    RunFigures killed = new RunFigures(RUN.totals(), RUN.rate(), RUN.latencies(), Optional.empty());
    assertEquals(Answer.NO_FIGURE, RunCondition.parse("valid = false").check(killed).answer());
  }

  @ParameterizedTest
  @CsvSource({
    "ack.p99 > 1.2x, 10_000, 12_001, true",
    "ack.p99 > 1.2x, 10_000, 12_000, false",
    "ack.p99 < 0.9x, 10_000, 8_000, true"
  })
  void comparesTheSecondRunWithTheFirst(String condition, String a, String b, boolean met) {
    assertEquals(
        met ? Answer.MET : Answer.NOT_MET,
        RunCondition.parse(condition).check(run(number(a), 0), run(number(b), 0)).answer());
  }

  private static long number(String text) {
    return Long.parseLong(text.replace("_", ""));
  }

  @Test
  void fromNothingToSomethingIsMoreThanAnyMultiple() {
    RunCondition condition = RunCondition.parse("totals.failed > 100x");
    assertEquals(Answer.MET, condition.check(run(1, 0), run(1, 1)).answer());
    assertEquals(Answer.NOT_MET, condition.check(run(1, 0), run(1, 0)).answer());
  }

  @Test
  void aRatioOfAFigureThatOneRunLacksIsNoPass() {
    assertEquals(
        "neither run has a figure e2e.p99",
        RunCondition.parse("e2e.p99 > 2x").check(RUN, RUN).finding());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "ack.p99; is no condition",
        "ack.p99 >; is no condition",
        "> 20ms; is no condition",
        "ack.p99 ~ 20ms; is no condition",
        "ack.p98 > 20ms; 'ack.p98' is no metric",
        "p99 > 20ms; 'p99' is no metric",
        "ack.p99 > 20; '20' is no value for ack.p99, which takes a duration",
        "ack.p99 > -1ms; '-1ms' is no value",
        "ack.p99 > 20ms and more; '20ms and more' is no value",
        "ack.p99 > 20ms/s; is no value",
        "rate.sent < 20ms; which takes events a second",
        "totals.failed > 1%; which takes a number",
        "share.failed > 5; which takes a share",
        "valid = yes; which takes true or false",
        "valid > false; compare it with = or !=",
        "valid = 2x; is no value for valid"
      })
  void saysWhatIsWrongAndWhatThereIs(String condition, String part) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> RunCondition.parse(condition))
            .getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.contains("'" + condition + "'"), message);
    assertTrue(message.contains("ack.p50, ") && message.contains(", share.failed"), message);
  }
}
