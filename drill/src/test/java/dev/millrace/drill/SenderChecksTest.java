package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What the senders say.
class SenderChecksTest extends VerdictRun {
  @Test
  void anAcknowledgedEventThatIsNotOnTheTopicIsFound() {
    Cell cell = cell(CHECKOUT);
    alsoSent(cell, 1);
    assertBroken("senders", "places");
    assertEquals(cell, verdict().smallest().orElseThrow());
  }

  @Test
  void anUnknownEventThatArrivedDoesNotHideOneThatIsLost() {
    arrive(DOUBTFUL.key());
    assertBroken();
    alsoSent(cell(CHECKOUT), 1);
    assertBroken("senders", "places");
  }

  @Test
  void anEventThatIsThereThoughItsSenderSaysThatItCannotBeIsFound() {
    arrive("failed");
    assertBroken("senders", "places");
  }

  @Test
  void anUnknownEventThatIsThereTwiceIsFound() {
    arrive(DOUBTFUL.key());
    arrive(DOUBTFUL.key());
    assertBroken("senders", "once");
  }

  @Test
  void unknownEventsThatAreNotListedAreFound() {
    sent.add("other", new LedgerTotals(1, 0, 0, 1));
    sent.add("other", cell(CHECKOUT), new Sent.Fates(Counts.NONE, 1));
    assertBroken("fates");
    sent.addUnknown("other", EventKey.of("other", 7));
    assertBroken();
  }

  @Test
  void secondsThatDoNotAddUpToTheTotalsAreFound() {
    sent.add("other", new LedgerTotals(1, 1, 0, 0));
    assertBroken("fates", "places");
  }

  @Test
  void keysOfTheGeneratorsIdsAreTheirPlacesInTheRun() {
    RequestEvent event =
        new RequestEvent(
            "01KB3X7Q2M0000001ZABCDEFGH",
            START,
            "overload-1-3",
            "/v1/items",
            "GET",
            200,
            OptionalLong.empty(),
            100);
    assertEquals(EventKey.of("overload-1", 63), EventKey.of(event));
  }

  @Test
  void anEventThatNobodySentIsFound() {
    sent.cells().remove(cell(PAYMENT));
    assertBroken("senders");
  }

  @Test
  void anEventThatIsOnTheTopicTwiceIsFound() {
    RequestEvent event =
        new RequestEvent(
            "id-7",
            START + 70,
            CHECKOUT.service(),
            CHECKOUT.route(),
            "GET",
            200,
            OptionalLong.empty(),
            100);
    raw.add(new Place(1, 0), codec.encode(event));
    Set<String> broken =
        verdict().checks().stream()
            .filter(check -> !check.holds())
            .map(Check::name)
            .collect(Collectors.toSet());
    assertTrue(broken.containsAll(Set.of("once", "windows", "senders")), broken + "");
  }

  @Test
  void aSenderWhoseFatesDoNotAddUpIsFound() {
    sent.add("other", new LedgerTotals(1, 0, 0, 0, 0));
    assertBroken("fates");
  }

  @Test
  void aBatchThatIsThereAgainThoughItsEdgeLivedIsFound() {
    arrive("id-700");
    assertBroken("once", "retries", "senders", "places");
  }

  @Test
  void aBatchThatMetTwoEdgesMayBeThereTwice() {
    retried(TWICE, Retried.Fate.ACCEPTED, 2);
    alsoSent(cell(CHECKOUT), 1);
    arrive(TWICE);
    assertBroken();
    arrive(TWICE);
    assertBroken();
    assertEquals(1, raw.sentAgain());
    arrive(TWICE);
    assertBroken("once", "retries", "senders", "places");
  }

  @Test
  void aProcessOfTheEdgePutsABatchThereOnceHoweverOftenItIsSent() {
    assertEquals(1, batchSent(5, 1).most());
    assertEquals(2, batchSent(5, 2).most());
    assertEquals(2, batchSent(2, 3).most());
    assertEquals(0, batchSent(3, 0).most());
  }

  private static Retried batchSent(int times, int edges) {
    return new Retried(
        "retry-0",
        START,
        List.of("id"),
        Collections.nCopies(times, "broken"),
        Retried.Fate.OPEN,
        edges);
  }

  @Test
  void howOftenAnEventMayBeThereIsSaidOfBatchesThatMetTwoEdgesOnly() {
    retried(TWICE, Retried.Fate.ACCEPTED, 2);
    assertEquals(Map.of(TWICE, 2), sent.mayBeThere());
  }

  @Test
  void anAcceptedBatchThatIsNotThereIsFound() {
    retried("nowhere", Retried.Fate.ACCEPTED, 1);
    assertBroken("retries");
    assertTrue(
        verdict().checks().stream()
            .flatMap(check -> check.violations().stream())
            .anyMatch(
                "retry-0, sent 2 times (503 after 10.0 s, 202) to 1 process of the edge: 1 of its events are not there"
                    ::equals));
  }

  @Test
  void aBatchWhoseFateStaysOpenMayBeThereOrNot() {
    retried("nowhere", Retried.Fate.OPEN, 1);
    assertBroken();
    retried("id-7", Retried.Fate.OPEN, 1);
    assertBroken();
  }

  @Test
  void aBatchThatIsRefusedIsFound() {
    retried("nowhere", Retried.Fate.REFUSED, 1);
    assertBroken("retries");
  }

  @Test
  void thatNoBatchIsAcceptedAfterTheLastFaultIsFound() {
    sent.retried().clear();
    assertBroken("retries");
  }
}
