package dev.millrace.sink;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What came out of comparing ledgers with a database.
///
/// @param differences the first [#MAX_LISTED] of them, in order of time
/// @param differenceCount all of them
/// @param cells ledger cells judged: each series of each second, and the rollups made of them
/// @param rows database rows looked at
/// @param requests how many requests the ledgers say Kafka acknowledged
/// @param incomplete whether a ledger has no totals, because its writer was killed: what it had not
///   settled was not judged
public record VerificationReport(
    List<Difference> differences,
    long differenceCount,
    long cells,
    long rows,
    long requests,
    boolean incomplete) {
  /// A broken pipeline differs everywhere, and nobody reads all of that.
  public static final int MAX_LISTED = 100;

  /// Copies the list.
  public VerificationReport {
    differences = List.copyOf(differences);
  }

  /// Whether everything judged is in the database as it was sent. True also of an empty ledger:
  /// look at [#requests()] too.
  public boolean agrees() {
    return differenceCount == 0;
  }

  /// The report for people.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Difference difference : differences) {
      lines.add(difference.toString());
    }
    if (differenceCount > differences.size()) {
      lines.add("and " + (differenceCount - differences.size()) + " more differences");
    }
    if (incomplete) {
      lines.add("a ledger has no totals: what its writer had not settled is not judged");
    }
    String outcome =
        agrees()
            ? "everything agrees"
            : String.format(Locale.ROOT, "%,d differences", differenceCount);
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %,d requests sent, %,d ledger cells, %,d rows",
            outcome,
            requests,
            cells,
            rows));
    return lines;
  }

  @Override
  public String toString() {
    return String.join(System.lineSeparator(), lines());
  }
}
