package dev.millrace.drill;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.WindowSize;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/// What one fault has cost. An event belongs to the fault before it.
///
/// @param name of the fault
/// @param target what it broke
/// @param atS when it began, seconds of the load
/// @param forS how long it lasted
/// @param recoveryMs from its end until a window that began after that was whole in the database;
///   null if none was before the next fault
/// @param lost events that were acknowledged and are in no row, late and dead letters aside
/// @param duplicated events that are counted more often than they may be
/// @param inDoubt events of which the sender does not know whether Kafka has them
record FaultFigures(
    @JsonProperty("name") String name,
    @JsonProperty("target") String target,
    @JsonProperty("at_s") double atS,
    @JsonProperty("for_s") double forS,
    @JsonProperty("recovery_ms") Long recoveryMs,
    @JsonProperty("lost") long lost,
    @JsonProperty("duplicated") long duplicated,
    @JsonProperty("in_doubt") long inDoubt) {

  static FaultFigures of(Flow.Happened fault, long loadStartMs, Evidence evidence) {
    // Ledgers know of seconds: each belongs to one fault.
    long from = WindowSize.SECOND.start(fault.fromMs());
    long until = WindowSize.SECOND.start(fault.untilMs());
    long lost = 0;
    long duplicated = 0;
    long inDoubt = 0;
    for (Map.Entry<Cell, Sent.Fates> sent : evidence.sent().cells().entrySet()) {
      if (isIn(evidence.sent().sentAt(sent.getKey()), from, until)) {
        long found = evidence.raw().sent().getOrDefault(sent.getKey(), Counts.NONE).requests();
        long acknowledged = sent.getValue().acknowledged().requests();
        long unknown = sent.getValue().unknown();
        inDoubt += unknown;
        lost += Math.max(0, acknowledged - found);
        duplicated += Math.max(0, found - acknowledged);
      }
    }
    Set<Cell> counted = new HashSet<>(evidence.raw().windows().keySet());
    counted.addAll(evidence.rows().keySet());
    for (Cell cell : counted) {
      if (cell.size() == WindowSize.SECOND
          && !cell.series().isRollup()
          && isIn(evidence.sent().sentAt(cell), from, until)) {
        long must = evidence.raw().windows().getOrDefault(cell, Counts.NONE).requests();
        Row row = evidence.rows().get(cell);
        long is = row == null ? 0 : row.counts().requests();
        lost += Math.max(0, must - is);
        duplicated += Math.max(0, is - must);
      }
    }
    OptionalLong recovery = evidence.flow().recoveryMs(fault);
    return new FaultFigures(
        fault.step().fault(),
        fault.step().target(),
        (fault.fromMs() - loadStartMs) / 1e3,
        (fault.endMs() - fault.fromMs()) / 1e3,
        recovery.isPresent() ? recovery.getAsLong() : null,
        lost,
        duplicated,
        inDoubt);
  }

  private static boolean isIn(long time, long from, long until) {
    return time >= from && time < until;
  }
}
