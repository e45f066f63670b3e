package dev.millrace.drill;

import dev.millrace.events.LedgerTotals;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Whether the raw topic holds what the senders say, the part of a [Verdict] that is about them.
final class SenderChecks {
  private SenderChecks() {}

  /// Seconds and series that are on the raw topic as nobody has sent them.
  static TreeMap<Cell, String> differences(Evidence evidence) {
    TreeMap<Cell, String> differences = new TreeMap<>();
    Map<Cell, Counts> raw = evidence.raw().sent();
    evidence
        .sent()
        .cells()
        .forEach((cell, fates) -> {
          Counts found = raw.getOrDefault(cell, Counts.NONE);
          long unknown = evidence.raw().unknownFound().getOrDefault(cell, 0L);
          if (!found.equals(fates.acknowledged()) || unknown > fates.unknown()) {
            differences.put(
                cell,
                "acknowledged "
                    + fates.acknowledged()
                    + ", unknown "
                    + fates.unknown()
                    + "; on the raw topic "
                    + found
                    + ", of the unknown "
                    + unknown);
          }
        });
    raw.forEach((cell, found) -> {
      if (!evidence.sent().cells().containsKey(cell)) {
        differences.put(cell, "nobody has sent this; on the raw topic " + found);
      }
    });
    return differences;
  }

  static Check fates(Sent sent) {
    LedgerTotals sum = sent.sum();
    return Check.of(
        "fates",
        String.format(
            Locale.ROOT,
            "%,d sent = %,d accepted + %,d rejected + %,d failed + %,d unknown",
            sum.sent(),
            sum.acknowledged(),
            sum.rejected(),
            sum.failed(),
            sum.unknown()),
        sent.contradictions());
  }

  /// How many events are there of which the sender does not know that they are.
  static long unknownFound(RawCount raw) {
    return raw.unknownFound().values().stream().mapToLong(Long::longValue).sum();
  }

  static Check once(RawCount raw) {
    List<String> repeats = new ArrayList<>();
    raw.repeats()
        .forEach(repeat ->
            repeats.add(
                repeat.id() + " stands at " + repeat.first() + " and again at " + repeat.again()));
    return Check.of("once", "no event is on the raw topic twice, by its id", repeats);
  }
}
