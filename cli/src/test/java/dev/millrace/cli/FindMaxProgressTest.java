package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.loadgen.MaxSearchConfig;
import dev.millrace.loadgen.MaxSearchResult;
import java.util.List;
import org.junit.jupiter.api.Test;

class FindMaxProgressTest {
  private static String outcome(
      Double found, Double held, Double failed, boolean interrupted, String trouble) {
    return FindMaxProgress.outcome(
        new MaxSearchResult(
            MaxSearchResult.FORMAT,
            "",
            "",
            List.of(),
            "",
            "lag flat",
            0.05,
            found,
            held,
            failed,
            null,
            "",
            interrupted,
            trouble,
            List.of()));
  }

  private static String found(double found, Double failed) {
    return outcome(found, found, failed, false, null);
  }

  @Test
  void aResultWithinTheResolutionStandsAlone() {
    assertEquals("Sustained: 100,000/s, confirmed (lag flat).", found(100_000, 105_000.0));
  }

  @Test
  void aResultOfTooFewStepsSaysSo() {
    assertEquals(
        "Sustained: 100,000/s, confirmed (lag flat). The lowest that failed is 200,000/s, further"
            + " above than --resolution asks for: it takes more --max-steps.",
        found(100_000, 200_000.0));
    assertEquals(
        "Sustained: 80,000/s, confirmed (lag flat). No rate has failed: with more --max-steps, a"
            + " higher one may hold.",
        found(80_000, null));
  }

  @Test
  void onlyTheHighestRateIsCalledThat() {
    assertEquals(
        "Sustained: 10,000,000/s, confirmed (lag flat). That is the highest there is to try.",
        found(MaxSearchConfig.MAX_PER_S, null));
  }

  @Test
  void whereNothingIsConfirmedItSaysWhy() {
    assertEquals(
        "Nothing is confirmed: 40,000/s held once, then the search broke off.",
        outcome(null, 40_000.0, null, false, "the processor is gone"));
    assertEquals(
        "Nothing is confirmed: 40,000/s held once, then it was interrupted.",
        outcome(null, 40_000.0, null, true, null));
    assertEquals(
        "Nothing is known: the search broke off before a rate had held.",
        outcome(null, null, null, false, "the processor is gone"));
    assertEquals("No rate held (lag flat).", outcome(null, null, 1.0, false, null));
  }
}
