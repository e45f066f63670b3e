package dev.millrace.drill;

import dev.millrace.events.LedgerTotals;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Whether nothing was lost and nothing doubled. Computed from [Evidence] alone.
///
/// @param checks all that must hold
/// @param smallest the smallest window that is not what the raw topic holds; empty if all are
record Verdict(List<Check> checks, Optional<Cell> smallest) {
  boolean isBalanced() {
    return checks.stream().allMatch(Check::holds);
  }

  static Verdict of(Evidence evidence) {
    TreeMap<Cell, String> windows = windows(evidence);
    Map<Cell, String> senders = SenderChecks.differences(evidence);
    Set<Cell> wrong = new TreeSet<>(windows.keySet());
    wrong.addAll(senders.keySet());
    return new Verdict(
        List.of(
            Check.of(
                "windows",
                String.format(
                    Locale.ROOT,
                    "each of %,d rows in the database counts its events on the raw topic exactly once:"
                        + " requests, errors, client errors, bytes",
                    evidence.rows().size()),
                lines(windows)),
            Check.of(
                "senders",
                String.format(
                    Locale.ROOT,
                    "each of %,d seconds and series is on the raw topic as it was sent: what is"
                        + " acknowledged exactly, of %,d unknown ones %,d",
                    evidence.sent().cells().size(),
                    evidence.sent().unknown().size(),
                    SenderChecks.unknownFound(evidence.raw())),
                lines(senders)),
            SenderChecks.fates(evidence.sent()),
            recovery(evidence),
            Check.of(
                "faults",
                "each of %d faults has broken something".formatted(evidence.flow().faults().size()),
                evidence.flow().idle()),
            places(evidence),
            late(evidence),
            deadLetters(evidence),
            revisions(evidence),
            SenderChecks.once(evidence.raw()),
            SenderChecks.retries(evidence),
            Check.of("transactions", "no transaction was left open", evidence.openTransactions()),
            Check.of(
                "replicas",
                "each partition has a leader, and each broker has all of it",
                evidence.behind()),
            Check.of(
                "growth",
                String.format(
                    Locale.ROOT,
                    "no part holds more than when nothing had been broken, and none of %d processes"
                        + " more than after its start: %d threads, %d descriptors, %.1f × live heap"
                        + " and %d MiB are allowed, half of it where each look finds more",
                    Growth.processes(evidence.growth()),
                    Growth.MORE_THREADS,
                    Growth.MORE_DESCRIPTORS,
                    Growth.HEAP_FACTOR,
                    Growth.MORE_HEAP_BYTES >> 20),
                evidence.growth().stream().flatMap(growth -> growth.excesses().stream()).toList()),
            Check.of(
                "parts",
                "no part ended but by the drill, and each ended well when told to",
                evidence.troubles())),
        wrong.stream().findFirst());
  }

  static List<String> lines(Map<Cell, String> differences) {
    return differences.entrySet().stream()
        .map(difference -> difference.getKey() + ": " + difference.getValue())
        .toList();
  }

  private static TreeMap<Cell, String> windows(Evidence evidence) {
    TreeMap<Cell, String> differences = new TreeMap<>();
    Map<Cell, Counts> expected = evidence.raw().windows();
    expected.forEach((cell, counts) -> {
      Row row = evidence.rows().get(cell);
      if (row == null) {
        differences.put(cell, "no row, and on the raw topic " + counts);
      } else if (!row.counts().equals(counts)) {
        differences.put(cell, "row with " + row.counts() + "; on the raw topic " + counts);
      }
    });
    evidence
        .rows()
        .forEach((cell, row) -> {
          if (!expected.containsKey(cell)) {
            differences.put(cell, "row without events: " + row.counts());
          }
        });
    return differences;
  }

  private static Check recovery(Evidence evidence) {
    List<String> wrong = new ArrayList<>(evidence.flow().lasting());
    wrong.addAll(evidence.flow().silent(evidence.sent().cells()));
    return Check.of(
        "recovery",
        "after each fault, events of both ways are in the database before the next one",
        wrong);
  }

  private static Check places(Evidence evidence) {
    long aggregated =
        evidence.rows().entrySet().stream()
            .filter(row -> row.getKey().size() == WindowSize.SECOND)
            .filter(row -> row.getKey().series().equals(Series.TOTAL))
            .mapToLong(row -> row.getValue().counts().requests())
            .sum();
    long late =
        evidence.published().late().entrySet().stream()
            .filter(window -> window.getKey().series().equals(Series.TOTAL))
            .mapToLong(Map.Entry::getValue)
            .sum();
    long deadLettered = evidence.published().deadLetterCount();
    LedgerTotals sum = evidence.sent().sum();
    // The senders' books, not Kafka's: what Kafka has lost is nowhere.
    long accepted =
        sum.acknowledged()
            + sum.rejected()
            + SenderChecks.unknownFound(evidence.raw())
            + evidence.raw().sentAgain();
    long doubtful = evidence.sent().unknownRejects();
    long placed = aggregated + late + deadLettered;
    return Check.of(
        "places",
        String.format(
            Locale.ROOT,
            "%,d accepted or unknown and found%s = %,d aggregated + %,d late + %,d dead-lettered",
            accepted,
            doubtful == 0
                ? ""
                : String.format(Locale.ROOT, ", less up to %,d that are no event", doubtful),
            aggregated,
            late,
            deadLettered),
        placed <= accepted && placed >= accepted - doubtful
            ? List.of()
            : List.of(String.format(Locale.ROOT, "%,d are nowhere", accepted - placed)));
  }

  private static Check late(Evidence evidence) {
    TreeMap<Cell, String> differences = new TreeMap<>();
    Map<Cell, Long> expected = evidence.raw().late();
    Map<Cell, Long> found = evidence.published().late();
    Set<Cell> all = new HashSet<>(expected.keySet());
    all.addAll(found.keySet());
    for (Cell cell : all) {
      long must = expected.getOrDefault(cell, 0L);
      long is = found.getOrDefault(cell, 0L);
      if (must != is) {
        differences.put(cell, is + " on windows.late, " + must + " by the raw topic");
      }
    }
    return Check.of(
        "late",
        String.format(
            Locale.ROOT,
            "each of %,d seconds and series with events behind their partition has them on"
                + " windows.late",
            expected.size()),
        lines(differences));
  }

  private static Check deadLetters(Evidence evidence) {
    Published published = evidence.published();
    List<String> wrong = new ArrayList<>();
    Set<Place> missing = new HashSet<>(evidence.raw().refused());
    missing.removeAll(published.deadLetters());
    missing.forEach(place -> wrong.add(place + " is no event, and is not on requests.dlq"));
    Set<Place> surplus = new HashSet<>(published.deadLetters());
    surplus.removeAll(evidence.raw().refused());
    surplus.forEach(place -> wrong.add(place + " is an event, and is on requests.dlq"));
    long refused = evidence.raw().refused().size();
    long rejected = evidence.sent().sum().rejected();
    long doubtful = evidence.sent().unknownRejects();
    if (refused > rejected || refused < rejected - doubtful) {
      wrong.add(
          String.format(
              Locale.ROOT,
              "%,d on the raw topic are no event; the senders have sent %,d, of which %,d may have"
                  + " got lost",
              refused,
              rejected,
              doubtful));
    }
    long twice = published.deadLetterCount() - published.deadLetters().size();
    if (twice > 0) {
      wrong.add(String.format(Locale.ROOT, "%,d are on requests.dlq again", twice));
    }
    return Check.of(
        "dead letters",
        String.format(
            Locale.ROOT,
            "each of %,d records that are no event is on requests.dlq once",
            evidence.raw().refused().size()),
        wrong);
  }

  private static Check revisions(Evidence evidence) {
    TreeMap<Cell, String> wrong = new TreeMap<>();
    evidence
        .published()
        .repeated()
        .forEach(cell -> wrong.put(cell, "a revision of it was published more than once"));
    evidence
        .published()
        .rows()
        .forEach((cell, published) -> {
          Row row = evidence.rows().get(cell);
          if (row == null) {
            wrong.put(cell, "published, and not in the database");
          } else if (!row.equals(published)) {
            wrong.put(cell, "in the database " + row + ", published " + published);
          } else if (!row.isFinal()) {
            wrong.put(cell, "its row is not final");
          }
        });
    evidence
        .rows()
        .forEach((cell, row) -> {
          if (!evidence.published().rows().containsKey(cell)) {
            wrong.put(cell, "in the database, and was never published");
          }
        });
    return Check.of(
        "revisions",
        String.format(
            Locale.ROOT,
            "each of %,d windows and series has one row, of its highest revision",
            evidence.published().rows().size()),
        lines(wrong));
  }
}
