package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.RunSummary.Latencies;
import dev.millrace.loadgen.RunSummary.Latency;
import dev.millrace.loadgen.RunSummary.Rate;
import dev.millrace.loadgen.RunSummary.Totals;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StepJudgeTest {
  private static final LagCourse FLAT = LagCourseTest.course(1_000, ms -> 100);
  private static final LagCourse GROWING = LagCourseTest.course(1_000, ms -> ms);

  private double sentPerS = 1_000;
  private long failed;
  private long lateUs = 100;
  private long ackUs = 5_000;
  private Long e2eUs = 2_000_000L;
  private LagCourse input = FLAT;
  private LagCourse sums = FLAT;
  private LagCourse rows = FLAT;
  private Optional<String> blind = Optional.empty();
  private long uncounted;
  private SenderWaits waits = SenderWaits.NONE;
  private double machineCpu = 0.5;
  private String target = "kafka";
  private String slo = "e2e.p99 < 3s, lag flat";

  private static Latency latency(long us) {
    return new Latency(1_000, us, us, us, us, us, us, us, us);
  }

  private StepJudge.Verdict verdict() {
    RunSummary summary =
        new RunSummary(
            RunSummary.FORMAT,
            "",
            "",
            List.of(),
            Map.of(),
            1,
            target,
            null,
            1,
            "",
            "",
            "",
            5,
            15,
            15,
            new Totals(15_000, 15_000 - failed, 0, failed, 0),
            new Rate(1_000.0, sentPerS, sentPerS),
            new Latencies(latency(ackUs), latency(lateUs), e2eUs == null ? null : latency(e2eUs)),
            true,
            List.of());
    return new StepJudge(
            Slo.parse(slo), summary, input, sums, rows, blind, uncounted, waits, 0.3, machineCpu)
        .verdict();
  }

  private void assertInTheWay(Bottleneck who, String evidence) {
    StepJudge.Verdict verdict = verdict();
    assertEquals(Optional.of(who), verdict.bottleneck(), verdict.toString());
    assertTrue(verdict.evidence().contains(evidence), verdict.evidence());
  }

  @Test
  void aStepThatMissesNothingHasHeld() {
    assertEquals(new StepJudge.Verdict(true, true, List.of(), Optional.empty(), ""), verdict());
  }

  private void assertNotJudged(String why) {
    StepJudge.Verdict verdict = verdict();
    assertFalse(verdict.judged() || verdict.held(), verdict.toString());
    assertEquals(List.of(why), verdict.reasons());
    assertEquals(Optional.empty(), verdict.bottleneck());
  }

  @Test
  void aLagThatWasNotLookedAtAllTheTimeSaysNothingOfTheRate() {
    input = LagCourseTest.without(GROWING, 4_000, 6_000);
    assertNotJudged("the processor's lag could not be read for 2.5 s");
    input = FLAT;
    rows = LagCourseTest.without(FLAT, 4_000, 6_000);
    assertNotJudged("the sink's lag could not be read for 2.5 s");
    slo = "e2e.p99 < 3s";
    assertTrue(verdict().held(), "nobody has asked for it");
  }

  @Test
  void whatIsKnownToFailFailsWhateverElseIsNotKnown() {
    input = LagCourseTest.without(GROWING, 4_000, 6_000);
    sentPerS = 800;
    assertEquals(List.of("only 80 % of what was due was sent"), verdict().reasons());
    assertTrue(verdict().judged() && !verdict().held());
  }

  @Test
  void rowsThatNobodyWasAbleToReadSayNothingOfTheRate() {
    e2eUs = null;
    blind = Optional.of("Windows could not be read");
    assertNotJudged("Windows could not be read");
    sentPerS = 900;
    assertInTheWay(Bottleneck.GENERATOR, "it did not come to send");
  }

  @Test
  void eventsInNoFirstRowAreNotMeasuredEndToEnd() {
    uncounted = 150;
    assertTrue(verdict().held(), "one in a hundred does not move the 99th percentile");
    uncounted = 151;
    assertEquals(
        List.of("151 events came after the first row of their window"), verdict().reasons());
  }

  @Test
  void ofAFigureThatIsNoTimeNobodyIsInTheWay() {
    slo = "rate.sent < 500";
    StepJudge.Verdict verdict = verdict();
    assertTrue(verdict.judged() && !verdict.held());
    assertEquals(Optional.empty(), verdict.bottleneck());
    assertEquals("", verdict.evidence());
  }

  @Test
  void ofItsOwnLatenessTheGeneratorIsToBlame() {
    slo = "lateness.p99 < 50us";
    assertInTheWay(Bottleneck.GENERATOR, "handed over late, p99 100 µs");
    slo = "valid = false";
    assertInTheWay(Bottleneck.GENERATOR, "handed over late, p99 100 µs");
  }

  @Test
  void eventsThatPileUpAreTheProcessors() {
    input = GROWING;
    // Also where the machine had so much to do that the sender did not get to send.
    sentPerS = 800;
    assertInTheWay(Bottleneck.PROCESSOR, "its lag grew by 6,");
  }

  @Test
  void sumsThatPileUpAreTheProcessorsToo() {
    e2eUs = 9_000_000L;
    sums = GROWING;
    assertInTheWay(Bottleneck.PROCESSOR, "waited to be merged");
  }

  @Test
  void rowsThatPileUpAreTheSinks() {
    rows = GROWING;
    assertInTheWay(Bottleneck.SINK, "its lag grew by 6,");
  }

  @Test
  void aSenderThatWaitsForRoomIsHeldUpByTheBroker() {
    sentPerS = 900;
    waits = new SenderWaits(2.5, 40, 80);
    assertInTheWay(Bottleneck.BROKER, "sending waited for it for 2.5 s; it answered after 80 ms");
    assertEquals("only 90 % of what was due was sent", verdict().reasons().getFirst());
  }

  @Test
  void behindAnHttpEdgeThatIsTheEdge() {
    target = "http";
    failed = 1;
    assertInTheWay(Bottleneck.INGEST, "");
  }

  @Test
  void aSenderThatDoesNotSendAndIsNotHeldUpIsTheGeneratorsOwnFault() {
    sentPerS = 900;
    lateUs = 500_000;
    assertInTheWay(Bottleneck.GENERATOR, "late p99 500.00 ms, 30 % of this machine's CPU");
  }

  @Test
  void onePerHundredThatIsNotSentIsForgiven() {
    sentPerS = 991;
    assertTrue(verdict().held());
  }

  @Test
  void eventsThatFailDoNotCountAsHeld() {
    failed = 1;
    assertEquals("1 events failed or have an unknown fate", verdict().reasons().getFirst());
    assertInTheWay(Bottleneck.BROKER, "");
  }

  @Test
  void slowRowsAreOfWhomeverTookMostOfTheTime() {
    e2eUs = 4_000_000L;
    assertInTheWay(Bottleneck.PROCESSOR, "rows came late, p99 4.00 s, of which sending took 5.00");
    ackUs = 2_500_000;
    assertInTheWay(Bottleneck.BROKER, "acknowledgements took 2.50 s");
    lateUs = 2_400_000;
    assertInTheWay(Bottleneck.GENERATOR, "handed over late, p99 2.40 s");
  }

  @Test
  void slowAcknowledgementsAreTheBrokersWhateverRowsTake() {
    slo = "ack.p99 < 1ms";
    assertInTheWay(Bottleneck.BROKER, "acknowledgements took 5.00 ms");
  }

  @Test
  void whereNoRowComesThereIsNoPass() {
    e2eUs = null;
    assertInTheWay(Bottleneck.PROCESSOR, "no row of it was seen");
  }

  @Test
  void aMachineThatIsBusyIsTold() {
    input = GROWING;
    machineCpu = 0.95;
    assertInTheWay(Bottleneck.PROCESSOR, "this machine's CPU was 95 % busy, 32 % of it");
  }
}
