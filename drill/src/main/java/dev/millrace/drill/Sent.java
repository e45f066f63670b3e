package dev.millrace.drill;

import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.WindowSize;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What all senders say that they have sent, by second and route.
final class Sent {
  /// @param acknowledged is in Kafka
  /// @param unknown may be
  record Fates(Counts acknowledged, long unknown) {
    static final Fates NONE = new Fates(Counts.NONE, 0);

    Fates plus(Fates more) {
      return new Fates(acknowledged.plus(more.acknowledged), unknown + more.unknown);
    }
  }

  private final Map<Cell, Fates> cells = new HashMap<>();
  private final Map<String, Fates> bySender = new HashMap<>();
  private final Map<String, Optional<LedgerTotals>> totals = new LinkedHashMap<>();
  private final Map<String, Set<EventKey>> unknown = new HashMap<>();
  private final Map<String, Long> clocks = new HashMap<>();
  private final List<Retried> retried = new ArrayList<>();
  private long unknownRejects;

  /// @param sender for messages
  /// @param unknownLines the sender's list of events whose fate it does not know
  void add(String sender, LedgerFile ledger, List<String> unknownLines) {
    totals.put(sender, ledger.totals());
    for (LedgerEntry entry : ledger.entries()) {
      add(
          sender,
          Cell.at(WindowSize.SECOND, entry.second(), entry.series()),
          new Fates(
              new Counts(entry.requests(), entry.errors(), entry.clientErrors(), entry.bytes()),
              entry.unknown()));
    }
    for (String line : unknownLines) {
      if (line.endsWith(" invalid")) {
        unknownRejects++;
      } else {
        addUnknown(sender, EventKey.of(sender, Long.parseLong(line)));
      }
    }
  }

  void add(String sender, Cell cell, Fates fates) {
    cells.merge(cell, fates, Fates::plus);
    bySender.merge(sender, fates, Fates::plus);
  }

  /// One that may be in Kafka.
  void addUnknown(String sender, EventKey key) {
    unknown.computeIfAbsent(sender, first -> new HashSet<>()).add(key);
  }

  /// One that was sent again until its fate was known.
  void add(Retried batch) {
    retried.add(batch);
  }

  void addUnknownRejects(long more) {
    unknownRejects += more;
  }

  /// @param sender for messages
  void add(String sender, LedgerTotals of) {
    totals.put(sender, Optional.of(of));
  }

  /// @param service whose clock is wrong
  /// @param offMs how far it is ahead
  void addClock(String service, long offMs) {
    clocks.put(service, offMs);
  }

  /// When events of a cell were sent, by a clock that is right.
  long sentAt(Cell cell) {
    return cell.start() - clocks.getOrDefault(cell.series().service(), 0L);
  }

  Map<Cell, Fates> cells() {
    return cells;
  }

  /// Of each sender; empty if it did not come to its end.
  Map<String, Optional<LedgerTotals>> totals() {
    return totals;
  }

  /// All batches that were sent again until their fate was known, or would have been.
  List<Retried> retried() {
    return retried;
  }

  /// How often an event may be in Kafka, by its id; those that are not named once.
  Map<String, Integer> mayBeThere() {
    Map<String, Integer> times = new HashMap<>();
    retried.stream()
        .filter(batch -> batch.most() > 1)
        .forEach(batch -> batch.ids().forEach(id -> times.put(id, batch.most())));
    return times;
  }

  /// What is no event, and may be in Kafka: rejected all the same.
  long unknownRejects() {
    return unknownRejects;
  }

  /// All events that may be in Kafka.
  Set<EventKey> unknown() {
    Set<EventKey> all = new HashSet<>();
    unknown.values().forEach(all::addAll);
    return all;
  }

  /// Whatever a sender's books have that does not fit together.
  List<String> contradictions() {
    List<String> wrong = new ArrayList<>();
    totals.forEach((sender, of) -> {
      if (of.isEmpty()) {
        wrong.add(sender + " did not come to its end");
        return;
      }
      LedgerTotals total = of.get();
      Fates booked = bySender.getOrDefault(sender, Fates.NONE);
      long listed = unknown.getOrDefault(sender, Set.of()).size();
      if (!total.isBalanced()) {
        wrong.add(sender + ": " + total);
      }
      if (booked.acknowledged().requests() != total.acknowledged()
          || booked.unknown() != total.unknown()
          || listed != total.unknown()) {
        wrong.add(
            "%s: by second %d acknowledged and %d unknown, by id %d unknown, but in all %s"
                .formatted(
                    sender, booked.acknowledged().requests(), booked.unknown(), listed, total));
      }
    });
    return wrong;
  }

  /// Of all that came to their end.
  LedgerTotals sum() {
    return totals.values().stream()
        .flatMap(Optional::stream)
        .reduce(new LedgerTotals(0, 0, 0, 0), LedgerTotals::plus);
  }
}
