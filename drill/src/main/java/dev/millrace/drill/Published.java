package dev.millrace.drill;

import dev.millrace.events.LateEvents;
import dev.millrace.events.WindowSize;
import dev.millrace.events.WindowSummary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What the processor has published, as readers of committed records see it.
final class Published {
  private final Map<Cell, Row> rows = new HashMap<>();
  private final Map<Cell, Set<Integer>> revisions = new HashMap<>();
  private final Set<Cell> repeated = new TreeSet<>();
  private final Map<Cell, Long> late = new HashMap<>();
  private final Set<Place> deadLetters = new HashSet<>();
  private long deadLetterCount;

  static Row row(WindowSummary summary) {
    return new Row(
        new Counts(summary.requests(), summary.errors(), summary.clientErrors(), summary.bytes()),
        summary.late(),
        summary.revision(),
        summary.isFinal());
  }

  static Cell cell(WindowSummary summary) {
    return new Cell(
        WindowSize.ofMs(summary.windowSizeMs()), summary.windowStart(), summary.series());
  }

  void add(WindowSummary summary) {
    Cell cell = cell(summary);
    Row row = row(summary);
    if (!revisions.computeIfAbsent(cell, first -> new HashSet<>()).add(row.revision())) {
      repeated.add(cell);
    }
    rows.merge(cell, row, (before, now) -> now.revision() >= before.revision() ? now : before);
  }

  void add(LateEvents events) {
    late.merge(
        new Cell(WindowSize.ofMs(events.windowSizeMs()), events.windowStart(), events.series()),
        events.requests(),
        Long::sum);
  }

  /// @param place where it stood on the raw topic
  void addDeadLetter(Place place) {
    deadLetterCount++;
    deadLetters.add(place);
  }

  /// The highest revision of each window and series, of those the last.
  Map<Cell, Row> rows() {
    return rows;
  }

  /// Windows of which a revision was published more than once.
  Set<Cell> repeated() {
    return repeated;
  }

  /// Whether all that is late or refused has been told.
  boolean hasAllOf(RawCount raw) {
    return deadLetterCount >= raw.refused().size()
        && late.values().stream().mapToLong(Long::longValue).sum()
            >= raw.late().values().stream().mapToLong(Long::longValue).sum();
  }

  Map<Cell, Long> late() {
    return late;
  }

  Set<Place> deadLetters() {
    return deadLetters;
  }

  long deadLetterCount() {
    return deadLetterCount;
  }
}
