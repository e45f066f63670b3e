package dev.millrace.loadgen;

import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/// Keeps the exact figures of what was sent, per second and series, and writes each second to a
/// [LedgerFile] as soon as nothing can change it any more.
///
/// One thread announces what it sends. Fates may be reported by any other, straight to the cell, so
/// that they do not wait for each other; so may seconds be written.
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

  /// Nothing that is still to be announced is older, in epoch milliseconds. Volatile, so that who
  /// sees it sees the announcements before it too.
  private volatile long passed = Long.MIN_VALUE;

  /// Half a line in the middle would spoil the file: after an error, nothing is written to it.
  private boolean broken;

  private Ledger(LedgerFile.Writer file) {
    this.file = file;
  }

  /// Starts a ledger.
  ///
  /// @throws IOException if the file cannot be written
  public static Ledger create(Path file) throws IOException {
    return new Ledger(LedgerFile.create(file));
  }

  /// The start of the second that a time is in, epoch milliseconds.
  static long second(long time) {
    return Math.floorDiv(time, 1000L) * 1000;
  }

  /// Where events of a series in a second are booked.
  ///
  /// @param second as [#second(long)] has it
  synchronized LedgerCell cell(long second, Series series) {
    return open.computeIfAbsent(second, at -> new HashMap<>())
        .computeIfAbsent(series, one -> new LedgerCell(second, one));
  }

  /// Notes an event that is about to be sent.
  ///
  /// @return where its fate is to be reported
  LedgerCell sending(RequestEvent event) {
    LedgerCell cell = cell(second(event.time()), event.series());
    cell.announce();
    return cell;
  }

  /// Promises, in the thread that announces, that nothing to come is older.
  ///
  /// @param time epoch milliseconds
  void pass(long time) {
    passed = time;
  }

  /// Writes the seconds that have been passed and have no event pending. After an error, which is
  /// told once, they are forgotten.
  void writeSettled() throws IOException {
    long before = second(Math.max(passed, 0));
    Collection<Collection<LedgerCell>> seconds = take(before);
    if (broken) {
      return;
    }
    broken = true;
    for (Collection<LedgerCell> cells : seconds) {
      write(cells);
    }
    file.flush();
    broken = false;
  }

  /// The lock is held for the look-up alone: to sort and write a busy second takes long.
  private synchronized Collection<Collection<LedgerCell>> take(long before) {
    TreeMap<Long, Collection<LedgerCell>> taken = new TreeMap<>();
    Iterator<Map.Entry<Long, Map<Series, LedgerCell>>> seconds =
        open.headMap(before).entrySet().iterator();
    while (seconds.hasNext()) {
      Map.Entry<Long, Map<Series, LedgerCell>> second = seconds.next();
      Collection<LedgerCell> cells = second.getValue().values();
      if (cells.stream().allMatch(LedgerCell::isSettled)) {
        taken.put(second.getKey(), cells);
        seconds.remove();
      }
    }
    return taken.values();
  }

  /// Writes all that is left, and the totals as the last line. Events still pending are unknown.
  void finish(LedgerTotals totals) throws IOException {
    if (broken) {
      return;
    }
    broken = true;
    synchronized (this) {
      for (Map<Series, LedgerCell> cells : open.values()) {
        cells.values().forEach(LedgerCell::giveUp);
        write(cells.values());
      }
      open.clear();
    }
    file.write(totals);
    file.flush();
    broken = false;
  }

  private void write(Collection<LedgerCell> cells) throws IOException {
    for (LedgerCell cell : cells) {
      if (!cell.isEmpty()) {
        file.write(cell.entry());
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } catch (IOException e) {
      if (!broken) {
        throw e;
      }
    }
  }
}
