package dev.millrace.drill;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.events.WindowSize;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// What one fault has cost. An event belongs to the fault before it.
///
/// @param name of the fault
/// @param target what it broke
/// @param atS when it began, seconds of the load
/// @param forS how long it lasted
/// @param recoveryMs from its end until a window that began after that was whole in the database;
///   null if none was
/// @param lost events that were acknowledged and are in no row, late and dead letters aside
/// @param duplicated events that are counted more than once
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

  /// @param fromMs when the fault began, epoch milliseconds
  /// @param endMs when it ended
  /// @param untilMs when the next one began
  static FaultFigures of(
      Schedule.Step step,
      long loadStartMs,
      long fromMs,
      long endMs,
      long untilMs,
      Evidence evidence,
      List<FlowWatch.Sight> sights) {
    // Ledgers know of seconds: each belongs to one fault.
    long from = WindowSize.SECOND.start(fromMs);
    long until = WindowSize.SECOND.start(untilMs);
    long lost = 0;
    long duplicated = 0;
    long inDoubt = 0;
    for (Map.Entry<Cell, Sent.Fates> sent : evidence.sent().cells().entrySet()) {
      if (isIn(sent.getKey().start(), from, until)) {
        long found = evidence.raw().sent().getOrDefault(sent.getKey(), Counts.NONE).requests();
        long acknowledged = sent.getValue().acknowledged().requests();
        long unknown = sent.getValue().unknown();
        inDoubt += unknown;
        lost += Math.max(0, acknowledged - found);
        duplicated += Math.max(0, found - acknowledged - unknown);
      }
    }
    for (Map.Entry<Cell, Counts> expected : evidence.raw().windows().entrySet()) {
      Cell cell = expected.getKey();
      if (cell.size() == WindowSize.SECOND
          && !cell.series().isRollup()
          && isIn(cell.start(), from, until)) {
        Row row = evidence.rows().get(cell);
        long counted = row == null ? 0 : row.counts().requests();
        lost += Math.max(0, expected.getValue().requests() - counted);
        duplicated += Math.max(0, counted - expected.getValue().requests());
      }
    }
    OptionalLong recovery = FlowWatch.recoveryMs(sights, endMs);
    return new FaultFigures(
        step.fault(),
        step.target(),
        (fromMs - loadStartMs) / 1e3,
        (endMs - fromMs) / 1e3,
        recovery.isPresent() ? recovery.getAsLong() : null,
        lost,
        duplicated,
        inDoubt);
  }

  private static boolean isIn(long time, long from, long until) {
    return time >= from && time < until;
  }
}
