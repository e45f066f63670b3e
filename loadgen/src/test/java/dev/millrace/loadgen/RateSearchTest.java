package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
            "REPEAT 2830 failed",
            "SEARCH 2380 held",
            "SEARCH 2600 failed",
            "REPEAT 2600 failed",
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

  /// One in ten steps fails of something that has nothing to do with its rate.
  @Test
  void noiseCostsTriesAndSeldomTheResult() {
    Random random = new Random(11);
    int searches = 2_000;
    int near = 0;
    for (int i = 0; i < searches; i++) {
      double threshold = Math.pow(10, random.nextDouble(3, 6.5));
      Plan plan =
          new Plan(
              MaxSearchConfig.DEFAULT_START_PER_S,
              MAX,
              MaxSearchConfig.DEFAULT_RESOLUTION,
              MaxSearchConfig.DEFAULT_MAX_STEPS);
      RateSearch search =
          search(plan, next -> next.perS() <= threshold && random.nextDouble() >= 0.1);
      assertTrue(search.answers().size() <= plan.maxSteps());
      double found = search.confirmed().orElse(0);
      assertTrue(found <= threshold, threshold + ": " + tries(search));
      near += found >= threshold / 1.1 ? 1 : 0;
    }
    assertTrue(near >= 0.93 * searches, near + " of " + searches);
  }

  @Test
  void aPipelineThatIsColdAtFirstDoesNotSpoilTheResult() {
    // Holds nothing above 6,000/s in its first four steps.
    int[] steps = {0};
    RateSearch search =
        search(
            new Plan(20_000, MAX, 0.05, 25),
            next -> next.perS() <= (steps[0]++ < 4 ? 6_000 : 300_000));
    double found = search.confirmed().orElseThrow();
    assertTrue(found > 285_000, tries(search).toString());
    assertEquals(
        List.of(
            "SEARCH 20000 failed",
            "REPEAT 20000 failed",
            "SEARCH 10000 failed",
            "REPEAT 10000 failed",
            "SEARCH 5000 held",
            "REPEAT 20000 held",
            "SEARCH 40000 held"),
        tries(search).subList(0, 7));
  }

  @Test
  void aHiccupAtAnyStepCostsATryAndNothingElse() {
    Plan plan = new Plan(1_000, MAX, 0.05, 50);
    RateSearch calm = search(plan, upTo(77_000));
    for (int hiccup = 0; hiccup < calm.answers().size(); hiccup++) {
      int at = hiccup;
      int[] step = {0};
      RateSearch search = search(plan, next -> step[0]++ != at && next.perS() <= 77_000);
      assertEquals(calm.confirmed(), search.confirmed(), at + ": " + tries(search));
      assertTrue(search.answers().size() <= calm.answers().size() + 1, tries(search).toString());
    }
  }

  @Test
  void belowARateThatWasNotConfirmedTheSearchGoesOn() {
    RateSearch search =
        search(
            new Plan(1_000, MAX, 0.1, 50),
            next -> next.perS() <= (next.purpose() == Purpose.CONFIRM ? 2_100 : 2_500));
    assertTrue(
        tries(search)
            .containsAll(List.of("CONFIRM 2380 failed", "SEARCH 2180 held", "CONFIRM 2000 held")),
        tries(search).toString());
    assertEquals(
        2,
        search.answers().stream()
            .filter(new Answer(new Try(2_380, Purpose.CONFIRM), false)::equals)
            .count());
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
    assertTrue(search.answers().size() <= 20, tries(search).toString());
  }

  @Test
  void theLastTryIsKeptForAConfirmation() {
    RateSearch search = search(new Plan(1_000, MAX, 0.01, 5), upTo(1_000_000));
    assertEquals("CONFIRM 8000 held", tries(search).getLast());
  }
}
