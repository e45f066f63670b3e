package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.loadgen.Ledger.Fate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
  private static final LedgerTotals TOTALS = new LedgerTotals(0, 0, 0, 0);

  @TempDir private Path folder;

  @Test
  void percentilesAreExact() throws IOException {
    try (Ledger ledger = ledger()) {
      LongStream.rangeClosed(1, 1000)
          .map(i -> 1001 - i)
          .forEach(us -> book(ledger, us, Fate.ACKNOWLEDGED));
      ledger.finish(TOTALS);
    }
    assertEquals(
        List.of(
            new LedgerEntry(
                5000,
                "a",
                "/",
                1000,
                0,
                0,
                1000,
                3000,
                new DurationStats(1000, 500.5, 500, 900, 950, 990, 999, 1000))),
        read().entries());
  }

  @Test
  void failedEventsAreInNoFigureAndUnknownOnesOnlyInTheirOwn() throws IOException {
    try (Ledger ledger = ledger()) {
      book(ledger, 7, Fate.FAILED);
      book(ledger, 8, Fate.UNKNOWN);
      ledger.finish(TOTALS);
    }
    assertEquals(List.of(new LedgerEntry(5000, "a", "/", 0, 1, 0, 0, 0, null)), read().entries());
  }

  @Test
  void aSecondIsWrittenOnceNothingOfItIsPending() throws IOException {
    try (Ledger ledger = ledger()) {
      RequestEvent event = event(7);
      LedgerCell cell = ledger.sending(event);
      ledger.settleBefore(9_000);
      assertEquals(List.of(), read().entries());
      ledger.settle(cell, event, Fate.ACKNOWLEDGED);
      ledger.settleBefore(5_999);
      assertEquals(List.of(), read().entries());
      ledger.settleBefore(6_000);
      assertEquals(1, read().entries().size());
      assertEquals(Optional.empty(), read().totals());
      ledger.finish(TOTALS);
    }
    assertEquals(1, read().entries().size());
  }

  @Test
  void whatIsStillPendingAtTheEndIsUnknown() throws IOException {
    try (Ledger ledger = ledger()) {
      ledger.sending(event(7));
      ledger.sending(event(8));
      ledger.finish(TOTALS);
    }
    assertEquals(2, read().entries().getFirst().unknown());
  }

  private static void book(Ledger ledger, long durationUs, Fate fate) {
    RequestEvent event = event(durationUs);
    ledger.settle(ledger.sending(event), event, fate);
  }

  private static RequestEvent event(long durationUs) {
    return new RequestEvent("", 5_123, "a", "/", "", 404, OptionalLong.of(durationUs), 3);
  }

  private Ledger ledger() throws IOException {
    return Ledger.create(folder.resolve("ledger"));
  }

  private LedgerFile read() throws IOException {
    return LedgerFile.read(folder.resolve("ledger"));
  }
}
