package dev.millrace.loadgen;

import dev.millrace.events.Series;
import java.util.List;

/// Finds the cell of a series by its number, for the second that most events are in without a look
/// at the ledger. For the sender's thread.
final class LedgerSeconds {
  private final Ledger ledger;
  private final List<Series> series;
  private LedgerCell[] cells;
  private long second = Long.MIN_VALUE;

  LedgerSeconds(Ledger ledger, List<Series> series) {
    this.ledger = ledger;
    this.series = series;
  }

  /// Notes an event that is about to be sent.
  ///
  /// @param time its event time, epoch milliseconds
  /// @param aged whether it is older than the ones around it
  /// @return where its fate is to be reported
  LedgerCell sending(long time, int index, boolean aged) {
    LedgerCell cell = aged ? ledger.cell(Ledger.second(time), series.get(index)) : of(time, index);
    cell.announce();
    return cell;
  }

  private LedgerCell of(long time, int index) {
    if (time >= second + 1_000 || time < second) {
      second = Ledger.second(time);
      cells = new LedgerCell[series.size()];
    }
    LedgerCell cell = cells[index];
    if (cell == null) {
      cell = ledger.cell(second, series.get(index));
      cells[index] = cell;
    }
    return cell;
  }
}
