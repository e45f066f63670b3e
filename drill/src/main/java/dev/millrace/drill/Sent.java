package dev.millrace.drill;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.WindowSize;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What all senders say that they have sent, by second and route.
final class Sent {
  /// @param acknowledged is in Kafka
  /// @param unknown may be
  record Fates(Counts acknowledged, long unknown) {
    Fates plus(Fates more) {
      return new Fates(acknowledged.plus(more.acknowledged), unknown + more.unknown);
    }
  }

  private final Map<Cell, Fates> cells = new HashMap<>();
  private final Map<String, Optional<LedgerTotals>> totals = new LinkedHashMap<>();

  /// @param sender for messages
  void add(String sender, LedgerFile ledger) {
    totals.put(sender, ledger.totals());
    for (LedgerEntry entry : ledger.entries()) {
      add(
          Cell.at(WindowSize.SECOND, entry.second(), entry.series()),
          new Fates(
              new Counts(entry.requests(), entry.errors(), entry.clientErrors(), entry.bytes()),
              entry.unknown()));
    }
  }

  void add(Cell cell, Fates fates) {
    cells.merge(cell, fates, Fates::plus);
  }

  /// @param sender for messages
  void add(String sender, LedgerTotals of) {
    totals.put(sender, Optional.of(of));
  }

  Map<Cell, Fates> cells() {
    return cells;
  }

  /// Of each sender; empty if it did not come to its end.
  Map<String, Optional<LedgerTotals>> totals() {
    return totals;
  }

  /// Of all that came to their end.
  LedgerTotals sum() {
    return totals.values().stream()
        .flatMap(Optional::stream)
        .reduce(new LedgerTotals(0, 0, 0, 0), LedgerTotals::plus);
  }
}
