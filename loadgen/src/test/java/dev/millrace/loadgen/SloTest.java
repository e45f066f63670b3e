package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SloTest {
  private static final LagCourse FLAT = LagCourseTest.course(1_000, ms -> 100);
  private static final LagCourse GROWING = LagCourseTest.course(1_000, ms -> ms);
  private static final LagCourse NONE = new LagCourse(List.of(), 0, 10_000);

  /// Its end-to-end p99 is 1.98 s, that of acknowledgements 99 ms.
  private static final RunSummary SUMMARY = RunOnDisk.summary(100);

  private static List<String> missed(String slo, LagCourse input, LagCourse rows) {
    return Slo.parse(slo).missed(SUMMARY, input, rows).stream().map(Slo.Miss::sentence).toList();
  }

  @Test
  void allTermsMustHold() {
    assertEquals(List.of(), missed("e2e.p99 < 2s, lag flat", FLAT, NONE));
    assertEquals(
        List.of("e2e.p99 is 1.98 s (e2e.p99 < 1s)"),
        missed("ack.p99 < 100ms,e2e.p99 < 1s", FLAT, NONE));
    assertEquals(2, missed("e2e.p99 < 1s, lag  flat", GROWING, NONE).size());
  }

  @Test
  void lagIsAskedForOnlyWhereItIsATerm() {
    assertEquals(List.of(), missed("valid = true", GROWING, GROWING));
    String grew = missed("lag flat", GROWING, NONE).getFirst();
    assertTrue(grew.startsWith("lag grew by 6,") && grew.contains("within 10 s"), grew);
  }

  @Test
  void theSinkMustKeepUpToo() {
    String grew = missed("lag flat", FLAT, GROWING).getFirst();
    assertTrue(grew.startsWith("the sink's lag grew by 6,"), grew);
  }

  @Test
  void aLagThatCouldNotBeReadIsNoPass() {
    assertEquals(
        List.of(new Slo.Miss("lag", "the processor's lag could not be read for 10.0 s", true)),
        Slo.parse("lag flat").missed(SUMMARY, NONE, NONE));
    assertTrue(missed("lag flat", FLAT, NONE).isEmpty(), "a sink need not be there");
  }

  @Test
  void theLongestEndToEndTimeIsKnown() {
    assertEquals(Duration.ofSeconds(3), Slo.DEFAULT.longestE2e());
    assertEquals(
        Duration.ofSeconds(20),
        Slo.parse("e2e.p50 < 2s, e2e.max < 20s, ack.p99 < 30s").longestE2e());
    assertEquals(Duration.ZERO, Slo.parse("lag flat").longestE2e());
  }

  @Test
  void theDefaultIsWhatTheDocumentsSay() {
    assertEquals("e2e.p99 < 3s, lag flat", Slo.DEFAULT.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "lag flat,; empty term",
        "lag flat,,valid = true; empty term",
        "lag small; of the lag there is only one term, 'lag flat'",
        "e2e.p99; is no condition; write METRIC OPERATOR VALUE",
        "e2e.p77 < 2s; 'e2e.p77' is no metric",
        "e2e.p99 < 2; is no value for e2e.p99",
        "e2e.p99 < 1.2x; a multiple needs two runs",
      })
  void whatIsWrongIsSaid(String text, String part) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Slo.parse(text));
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }
}
