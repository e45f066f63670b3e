package dev.millrace.drill;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSize;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/// One series in one window. The smaller comes first: shorter windows before longer ones, routes
/// before rollups, older before newer.
///
/// @param start of the window, epoch milliseconds
record Cell(WindowSize size, long start, Series series) implements Comparable<Cell> {
  private static final Comparator<Cell> ORDER =
      Comparator.comparing(Cell::size)
          .thenComparingInt(cell -> rank(cell.series()))
          .thenComparingLong(Cell::start)
          .thenComparing(cell -> cell.series().key());

  private static int rank(Series series) {
    return series.equals(Series.TOTAL) ? 2 : series.isRollup() ? 1 : 0;
  }

  /// The series itself, its service, and the total.
  static List<Series> levels(Series route) {
    return List.of(route, route.ofService(), Series.TOTAL);
  }

  static Cell at(WindowSize size, long time, Series series) {
    return new Cell(size, size.start(time), series);
  }

  @Override
  public int compareTo(Cell other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return size.label() + " from " + Instant.ofEpochMilli(start) + " of " + series.key();
  }
}
