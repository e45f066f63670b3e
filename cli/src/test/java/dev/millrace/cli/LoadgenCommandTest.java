package dev.millrace.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.loadgen.RunSummary;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoadgenCommandTest {
  @Test
  void booksThatDoNotBalanceAreTold() {
    assertEquals(Optional.empty(), LoadgenCommand.imbalance(new RunSummary.Totals(10, 4, 3, 2, 1)));
    assertEquals(
        Optional.of(
            "The books do not balance: 1,000 events were sent, and the fates of 999 are known."
                + " Do not trust this run"),
        LoadgenCommand.imbalance(new RunSummary.Totals(1_000, 996, 1, 1, 1)));
  }
}
