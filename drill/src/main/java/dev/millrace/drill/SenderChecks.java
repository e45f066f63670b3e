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

  /// Seconds and series that are on the raw topic as nobody has sent them, the smallest first.
  static Map<Cell, String> differences(Evidence evidence) {
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
    return Check.of(
        "once",
        String.format(
            Locale.ROOT,
            "no event is on the raw topic twice, by its id, but for %,d records of batches that"
                + " were sent again to another process of the edge",
            raw.sentAgain()),
        repeats);
  }

  /// Whether batches that were sent again with their `Idempotency-Key` are there as often as they
  /// may be.
  static Check retries(Evidence evidence) {
    List<Retried> batches = evidence.sent().retried();
    List<String> wrong = new ArrayList<>();
    for (Retried batch : batches) {
      long lost =
          batch.ids().stream().filter(id -> evidence.raw().timesThere(id) < batch.least()).count();
      long doubled =
          batch.ids().stream().filter(id -> evidence.raw().timesThere(id) > batch.most()).count();
      if (batch.fate() == Retried.Fate.REFUSED) {
        wrong.add(batch + ": was refused");
      }
      if (lost > 0) {
        wrong.add(batch + ": " + lost + " of its events are not there");
      }
      if (doubled > 0) {
        wrong.add(batch + ": " + doubled + " of its events are there too often");
      }
    }
    List<Flow.Happened> faults = evidence.flow().faults();
    long last = faults.isEmpty() ? Long.MIN_VALUE : faults.getLast().endMs();
    if (batches.stream()
        .noneMatch(batch -> batch.fate() == Retried.Fate.ACCEPTED && batch.sentAtMs() >= last)) {
      wrong.add("no batch that was sent after the last fault was accepted");
    }
    return Check.of(
        "retries",
        String.format(
            Locale.ROOT,
            "%,d batches were sent until they were accepted, %,d of them more than once: each event"
                + " is there once, but of %,d batches that met more than one process of the edge up"
                + " to once for each",
            batches.size(),
            batches.stream().filter(batch -> batch.attempts() > 1).count(),
            batches.stream().filter(batch -> batch.most() > 1).count()),
        wrong);
  }
}
