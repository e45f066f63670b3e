package dev.millrace.loadgen;

import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/// Keeps the exact figures of what was sent, per second and series, and writes each second to a
/// [LedgerFile] as soon as nothing can change it any more. Thread-safe: the sender and the client's
/// network thread both report to it.
public final class Ledger implements AutoCloseable {
  /// What became of something that was sent.
  enum Fate {
    /// Kafka has it.
    ACKNOWLEDGED,
    /// Kafka surely does not have it.
    FAILED,
    /// Kafka may have it.
    UNKNOWN
  }

  private final LedgerFile.Writer file;
  private final TreeMap<Long, Map<Series, LedgerCell>> open = new TreeMap<>();

  private Ledger(LedgerFile.Writer file) {
    this.file = file;
  }

  /// Starts a ledger.
  ///
  /// @throws IOException if the file cannot be written
  public static Ledger create(Path file) throws IOException {
    return new Ledger(LedgerFile.create(file));
  }

  /// Notes an event that is about to be sent.
  ///
  /// @return where its fate is to be reported
  synchronized LedgerCell sending(RequestEvent event) {
    long second = Math.floorDiv(event.time(), 1000L) * 1000;
    LedgerCell cell =
        open.computeIfAbsent(second, at -> new HashMap<>())
            .computeIfAbsent(event.series(), series -> new LedgerCell(second, series));
    cell.pending++;
    return cell;
  }

  /// Books what became of an event.
  synchronized void settle(LedgerCell cell, RequestEvent event, Fate fate) {
    cell.pending--;
    switch (fate) {
      case ACKNOWLEDGED -> cell.count(event);
      case UNKNOWN -> cell.countUnknown();
      case FAILED -> {}
    }
  }

  /// Writes the seconds before the given time that have no event pending. For a source whose event
  /// times only grow.
  ///
  /// @param time epoch milliseconds that no event to come is older than
  synchronized void settleBefore(long time) throws IOException {
    Iterator<Map<Series, LedgerCell>> seconds =
        open.headMap(Math.floorDiv(time, 1000L) * 1000).values().iterator();
    while (seconds.hasNext()) {
      Map<Series, LedgerCell> cells = seconds.next();
      if (cells.values().stream().allMatch(cell -> cell.pending == 0)) {
        write(cells);
        seconds.remove();
      }
    }
    file.flush();
  }

  /// Writes all that is left, and the totals as the last line. Events still pending are unknown.
  synchronized void finish(LedgerTotals totals) throws IOException {
    for (Map<Series, LedgerCell> cells : open.values()) {
      for (LedgerCell cell : cells.values()) {
        for (; cell.pending > 0; cell.pending--) {
          cell.countUnknown();
        }
      }
      write(cells);
    }
    open.clear();
    file.write(totals);
    file.flush();
  }

  private void write(Map<Series, LedgerCell> cells) throws IOException {
    for (LedgerCell cell : cells.values()) {
      if (!cell.isEmpty()) {
        file.write(cell.entry());
      }
    }
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
