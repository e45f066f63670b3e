package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.loadgen.RateSearch.Answer;
import dev.millrace.loadgen.RateSearch.Plan;
import dev.millrace.loadgen.RateSearch.Purpose;
import dev.millrace.loadgen.RateSearch.Try;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class RateSearchTest {
  private static final double MAX = 10_000_000;

  /// What a pipeline does that holds all up to a rate.
  private static Predicate<Try> upTo(double threshold) {
    return next -> next.perS() <= threshold;
  }

  private static RateSearch search(Plan plan, Predicate<Try> holds) {
    RateSearch search = RateSearch.of(plan);
    for (Optional<Try> next = search.next(); next.isPresent(); next = search.next()) {
      search = search.after(holds.test(next.get()));
    }
    return search;
  }

  private static List<String> tries(RateSearch search) {
    return search.answers().stream()
        .map(answer ->
            "%s %.0f %s"
                .formatted(
                    answer.of().purpose(), answer.of().perS(), answer.held() ? "held" : "failed"))
        .toList();
  }

  @Test
  void itDoublesRepeatsWhatFailedBisectsAndConfirms() {
    assertEquals(
        List.of(
            "SEARCH 1000 held",
            "SEARCH 2000 held",
            "SEARCH 4000 failed",
            "REPEAT 4000 failed",
            "SEARCH 2830 failed",
            "SEARCH 2380 held",
            "SEARCH 2600 failed",
            "CONFIRM 2380 held"),
        tries(search(new Plan(1_000, MAX, 0.1, 25), upTo(2_500))));
  }

  @Test
  void whateverTheThresholdTheResultIsWithinTheResolutionBelowIt() {
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      double threshold = Math.pow(10, random.nextDouble(0, 7));
      double start = Math.pow(10, random.nextDouble(0, 7));
      double resolution = random.nextDouble(0.01, 0.5);
      RateSearch search = search(new Plan(start, MAX, resolution, 100), upTo(threshold));
      OptionalDouble found = search.confirmed();
      if (found.isEmpty()) {
        // Halving from the start has gone below one a second.
        assertTrue(threshold < 2, "nothing for " + threshold + ": " + tries(search));
      } else {
        assertTrue(found.getAsDouble() <= threshold, threshold + ": " + tries(search));
        assertTrue(
            threshold < found.getAsDouble() * (1 + resolution) + 1e-6,
            threshold + ": " + tries(search));
      }
    }
  }

  @Test
  void noiseNeverMakesAResultOfARateThatWasNotConfirmed() {
    Random random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      double threshold = random.nextDouble(1_000, 1_000_000);
      Plan plan = new Plan(20_000, MAX, 0.05, random.nextInt(3, 40));
      RateSearch search =
          search(plan, next -> next.perS() <= threshold * (1 + random.nextGaussian(0, 0.15)));
      assertTrue(search.answers().size() <= plan.maxSteps());
      search
          .confirmed()
          .ifPresent(found -> {
            assertTrue(
                search.answers().contains(new Answer(new Try(found, Purpose.CONFIRM), true)));
            assertFalse(
                search.answers().stream()
                    .anyMatch(answer ->
                        answer.of().purpose() == Purpose.CONFIRM
                            && !answer.held()
                            && answer.of().perS() <= found),
                tries(search).toString());
            assertTrue(search.lowestFailed().orElse(MAX + 1) > found, tries(search).toString());
          });
    }
  }

  @Test
  void aHiccupWhileItDoublesCostsATryAndNothingElse() {
    Plan plan = new Plan(1_000, MAX, 0.05, 50);
    double calm = search(plan, upTo(77_000)).confirmed().orElseThrow();
    boolean[] hiccup = {true};
    RateSearch search =
        search(
            plan,
            next -> {
              if (next.perS() == 8_000 && hiccup[0]) {
                hiccup[0] = false;
                return false;
              }
              return next.perS() <= 77_000;
            });
    assertEquals(calm, search.confirmed().orElseThrow());
  }

  @Test
  void belowARateThatWasNotConfirmedTheSearchGoesOn() {
    RateSearch search =
        search(
            new Plan(1_000, MAX, 0.1, 50),
            next -> next.perS() <= (next.purpose() == Purpose.CONFIRM ? 2_100 : 2_500));
    assertTrue(
        search.answers().contains(new Answer(new Try(2_380, Purpose.CONFIRM), false)),
        tries(search).toString());
    double found = search.confirmed().orElseThrow();
    assertTrue(found <= 2_100 && found > 1_900, tries(search).toString());
  }

  @Test
  void aFirstRateThatIsTooHighIsHalved() {
    RateSearch search = search(new Plan(64_000, MAX, 0.05, 50), upTo(900));
    double found = search.confirmed().orElseThrow();
    assertTrue(found <= 900 && found > 855, tries(search).toString());
  }

  @Test
  void whereEverythingHoldsTheHighestRateIsConfirmed() {
    RateSearch search = search(new Plan(3_000_000, MAX, 0.05, 50), next -> true);
    assertEquals(MAX, search.confirmed().orElseThrow());
    assertTrue(search.lowestFailed().isEmpty());
  }

  @Test
  void whereNothingHoldsThereIsNoResult() {
    RateSearch search = search(new Plan(1_000, MAX, 0.05, 50), next -> false);
    assertTrue(search.confirmed().isEmpty());
    assertTrue(search.highestHeld().isEmpty());
    assertTrue(search.answers().size() < 15, tries(search).toString());
  }

  @Test
  void theLastTryIsKeptForAConfirmation() {
    RateSearch search = search(new Plan(1_000, MAX, 0.01, 5), upTo(1_000_000));
    assertEquals("CONFIRM 8000 held", tries(search).getLast());
  }
}
