package dev.millrace.sink;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Compares what was sent with what the database holds, second by second and series by series.
///
/// Every ledger cell must have its row with the same counts, sums, maximum and mean, and
/// percentiles within 1 %; so must the rollups that follow from the ledgers. A row that no event
/// explains is a difference too. Seconds before the first and after the last one of the ledgers
/// belong to other runs and are not looked at.
public final class Verifier {
  private final List<LedgerFile> ledgers;
  private final WindowQueries database;
  private final List<Difference> listed = new ArrayList<>();
  private long differences;
  private long cells;
  private long rows;

  private Verifier(List<LedgerFile> ledgers, WindowQueries database) {
    this.ledgers = ledgers;
    this.database = database;
  }

  /// Compares ledgers with a database. Several ledgers are of several senders, and are added.
  public static VerificationReport verify(List<LedgerFile> ledgers, WindowQueries database) {
    return new Verifier(ledgers, database).run();
  }

  private VerificationReport run() {
    for (int i = 0; i < ledgers.size(); i++) {
      checkTotals(i + 1, ledgers.get(i));
    }
    SentSeconds sent = new SentSeconds(ledgers);
    if (!sent.seconds().isEmpty()) {
      TreeSet<Long> seconds = new TreeSet<>(sent.seconds().keySet());
      seconds.addAll(database.starts(seconds.first(), seconds.last() + 1));
      seconds.forEach(second -> compare(second, sent));
    }
    return new VerificationReport(
        listed, differences, cells, rows, sent.requests(), sent.isIncomplete());
  }

  /// A ledger that lost lines would agree with a database that lost the same rows.
  private void checkTotals(int number, LedgerFile ledger) {
    if (ledger.totals().isPresent()) {
      LedgerTotals totals = ledger.totals().get();
      long acknowledged = ledger.entries().stream().mapToLong(LedgerEntry::requests).sum();
      long unknown = ledger.entries().stream().mapToLong(LedgerEntry::unknown).sum();
      if (totals.acknowledged() != acknowledged || totals.unknown() != unknown) {
        differ(
            new Difference(
                "ledger " + number,
                "totals say %d acknowledged and %d unknown, the lines add up to %d and %d"
                    .formatted(totals.acknowledged(), totals.unknown(), acknowledged, unknown)));
      }
    }
  }

  private void compare(long second, SentSeconds sent) {
    Map<Series, SentCell> missing = new HashMap<>(sent.seconds().getOrDefault(second, Map.of()));
    cells += missing.size();
    for (WindowSummary row : database.window(second)) {
      rows++;
      Series series = row.series();
      SentCell cell = missing.remove(series);
      if (cell != null) {
        boolean whole = sent.isWhole(second, series, cell);
        CellComparison.differences(cell, whole, row)
            .forEach(what -> differ(Difference.at(second, series, what)));
      } else if (sent.isSettled(second)) {
        differ(
            Difference.at(
                second, series, "row without events, " + row.requests() + " requests in database"));
      }
    }
    missing.entrySet().stream()
        // Nothing but events whose fate is unknown: none of them may have arrived.
        .filter(entry -> entry.getValue().requests > 0)
        .sorted(Comparator.comparing(entry -> entry.getKey().key()))
        .forEach(entry ->
            differ(
                Difference.at(
                    second,
                    entry.getKey(),
                    "requests " + entry.getValue().requests + " sent, no row in database")));
  }

  private void differ(Difference difference) {
    differences++;
    if (listed.size() < VerificationReport.MAX_LISTED) {
      listed.add(difference);
    }
  }
}
