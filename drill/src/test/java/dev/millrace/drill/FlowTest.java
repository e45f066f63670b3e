package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What was broken, and whether all came back.
class FlowTest extends VerdictRun {
  @Test
  void aFaultThatBreaksNothingIsFound() {
    effect = 0;
    assertBroken("faults");
  }

  @Test
  void aPipelineThatDoesNotComeBackIsFound() {
    sights.clear();
    sights.add(new FlowWatch.Sight(START + 5_000, START + 8_400));
    assertBroken("recovery");
  }

  @Test
  void whatComesBackOnlyAfterTheNextFaultHasNotComeBack() {
    Flow flow = new Flow(List.of(happened(START + 5_000, START + 6_000, START + 8_000)), sights);
    assertEquals(1, flow.lasting().size());
  }

  @Test
  void aSenderThatIsSilentAfterTheLastFaultIsFound() {
    sent.cells().keySet().removeIf(cell -> cell.start() >= START + 6_000 && isHttp(cell));
    Flow flow = new Flow(List.of(happened(START + 5_000, START + 6_000, Long.MAX_VALUE)), sights);
    assertEquals(
        List.of("nothing of loadgen-http was acknowledged after the last fault"),
        flow.silent(sent.cells()));
    sent.cells().keySet().removeIf(FlowTest::isHttp);
    assertEquals(2, flow.silent(sent.cells()).size());
  }

  private static boolean isHttp(Cell cell) {
    return cell.series().equals(PAYMENT);
  }

  @Test
  void aWindowIsWholeOnceEventsOfBothWaysAreInIt() {
    Counts one = new Counts(1, 0, 0, 0);
    Counts two = new Counts(2, 0, 0, 0);
    WindowSummary kafka = summary(cell(CHECKOUT), one, 0);
    assertTrue(
        FlowWatch.isWhole(
            List.of(kafka, summary(cell(PAYMENT), one, 0), summary(cell(Series.TOTAL), two, 0))));
    assertFalse(FlowWatch.isWhole(List.of(kafka, summary(cell(Series.TOTAL), one, 0))));
    assertFalse(FlowWatch.isWhole(List.of(kafka, summary(cell(Series.TOTAL), two, 0))));
  }

  @Test
  void figuresGiveAnEventToTheFaultBeforeIt() {
    alsoSent(cell(CHECKOUT), 2);
    rows.remove(cell(PAYMENT));
    change(new Cell(WindowSize.SECOND, START + 20_000, PAYMENT), new Counts(4, 0, 0, 0));
    Cell ghost = new Cell(WindowSize.SECOND, START + 500_000, CHECKOUT);
    rows.put(ghost, new Row(new Counts(3, 0, 0, 0), 0, 0, true));
    // Sent by a clock that is an hour behind, between the two.
    Cell skewed = new Cell(WindowSize.SECOND, START - 3_590_000, new Series("skewed", "/v1/x"));
    sent.addClock("skewed", -3_600_000);
    sent.add("skewed", skewed, new Sent.Fates(new Counts(5, 0, 0, 0), 1));
    FaultFigures figures =
        FaultFigures.of(happened(START + 5_000, START + 6_000, START + 20_500), START, evidence());
    long lostRow = raw.windows().get(cell(PAYMENT)).requests();
    assertEquals(
        new FaultFigures("kill-sink", "sink", 5, 1, 2_400L, 2 + lostRow + 5, 0, 1 + 1), figures);
    FaultFigures later =
        FaultFigures.of(
            happened(START + 20_500, START + 21_500, Long.MAX_VALUE), START, evidence());
    assertEquals(new FaultFigures("kill-sink", "sink", 20.5, 1, null, 0, 4 + 3, 0), later);
  }
}
