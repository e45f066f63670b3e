package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
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
}
