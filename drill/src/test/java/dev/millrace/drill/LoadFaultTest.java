package dev.millrace.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.events.LedgerTotals;
import org.junit.jupiter.api.Test;

class LoadFaultTest {
  @Test
  void anOverloadOfWhichKafkaTookLessThanHalfHasBrokenNothing() {
    LoadFault overload = LoadFault.overload();
    // Twice 100 events/s more, for 10 s.
    assertEquals(0, overload.effect(new LedgerTotals(2_000, 999, 1_001, 0), 100));
    assertEquals(1_000, overload.effect(new LedgerTotals(2_000, 1_000, 1_000, 0), 100));
    assertEquals(0, overload.effect(new LedgerTotals(0, 0, 0, 0), 100));
  }

  @Test
  void poisonIsWhatIsBrokenOfIt() {
    LoadFault poison = LoadFault.poison();
    // Half of 100 events/s, for 10 s.
    assertEquals(130, poison.effect(new LedgerTotals(500, 120, 130, 250, 0), 100));
    assertEquals(0, poison.effect(new LedgerTotals(500, 120, 129, 251, 0), 100));
    assertEquals(0, poison.effect(new LedgerTotals(500, 500, 0, 0, 0), 100));
  }
}
