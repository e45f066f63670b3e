package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.events.DurationStats;
import dev.millrace.events.LedgerEntry;
import dev.millrace.events.LedgerFile;
import dev.millrace.events.LedgerTotals;
import dev.millrace.events.RequestEvent;
import dev.millrace.loadgen.Ledger.Fate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {
  private static final LedgerTotals TOTALS = new LedgerTotals(0, 0, 0, 0);

  @TempDir private Path folder;

  @Test
  void percentilesAreExact() throws IOException {
    try (Ledger ledger = ledger()) {
      LongStream.rangeClosed(1, 1000)
          .map(i -> 1001 - i)
          .forEach(us -> book(ledger, us, Fate.ACKNOWLEDGED));
      ledger.finish(TOTALS);
    }
    assertEquals(
        List.of(
            new LedgerEntry(
                5000,
                "a",
                "/",
                1000,
                0,
                0,
                1000,
                3000,
                new DurationStats(1000, 500.5, 500, 900, 950, 990, 999, 1000))),
        read().entries());
  }

  @Test
  void failedEventsAreInNoFigureAndUnknownOnesOnlyInTheirOwn() throws IOException {
    try (Ledger ledger = ledger()) {
      book(ledger, 7, Fate.FAILED);
      book(ledger, 8, Fate.UNKNOWN);
      ledger.finish(TOTALS);
    }
    assertEquals(List.of(new LedgerEntry(5000, "a", "/", 0, 1, 0, 0, 0, null)), read().entries());
  }

  @Test
  void aSecondIsWrittenOnceNothingOfItIsPending() throws IOException {
    try (Ledger ledger = ledger()) {
      RequestEvent event = event(7);
      LedgerCell cell = ledger.sending(event);
      ledger.pass(9_000);
      ledger.writeSettled();
      assertEquals(List.of(), read().entries());
      settle(cell, event, Fate.ACKNOWLEDGED);
      ledger.pass(5_999);
      ledger.writeSettled();
      assertEquals(List.of(), read().entries());
      ledger.pass(6_000);
      ledger.writeSettled();
      assertEquals(1, read().entries().size());
      assertEquals(Optional.empty(), read().totals());
      ledger.finish(TOTALS);
    }
    assertEquals(1, read().entries().size());
  }

  @Test
  void durationsOfMoreThan32BitsAreExactToo() throws IOException {
    try (Ledger ledger = ledger()) {
      LongStream.of(3, 5_000_000_000L, 1, 7_000_000_000L)
          .forEach(us -> book(ledger, us, Fate.ACKNOWLEDGED));
      ledger.finish(TOTALS);
    }
    assertEquals(
        new DurationStats(4, 3_000_000_001.0, 3, 7e9, 7e9, 7e9, 7e9, 7e9),
        read().entries().getFirst().durationUs());
  }

  @Test
  void agedEventsGoToTheirOwnSecond() throws IOException {
    try (Ledger ledger = ledger()) {
      LedgerSeconds seconds = new LedgerSeconds(ledger, List.of(event(0).series()));
      for (long time : List.of(5_001L, 5_999L, 3_500L, 6_000L, 5_998L)) {
        seconds.sending(time, 0, time == 3_500).settle(Fate.ACKNOWLEDGED, 200, 1, 1);
      }
      ledger.finish(TOTALS);
    }
    assertEquals(
        List.of("3000:1", "5000:3", "6000:1"),
        read().entries().stream().map(line -> line.second() + ":" + line.requests()).toList());
  }

  @Test
  void aFullDiskIsToldOnceAndDoesNotStopTheBooks() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "this system has no /dev/full");
    try (Ledger ledger = Ledger.create(full)) {
      book(ledger, 7, Fate.ACKNOWLEDGED);
      ledger.pass(9_000);
      assertThrows(IOException.class, ledger::writeSettled);
      book(ledger, 8, Fate.ACKNOWLEDGED);
      ledger.writeSettled();
      ledger.finish(TOTALS);
    }
  }

  /// As in a run: one thread announces, Kafka's tells fates, the keeper's writes what is settled.
  @Test
  @Timeout(60)
  void threadsThatAnnounceSettleAndWriteLoseNothing() throws Exception {
    int seconds = 50;
    int perSecond = 2_000;
    long hundreds = 1_000;
    BlockingQueue<LedgerCell> onTheirWay = new LinkedBlockingQueue<>();
    try (Ledger ledger = ledger()) {
      AtomicBoolean done = new AtomicBoolean();
      Future<Void> settling =
          inThread(() -> {
            for (int i = 0; i < 100 * hundreds; i++) {
              Fate fate =
                  i % 100 == 0 ? Fate.UNKNOWN : i % 100 == 1 ? Fate.FAILED : Fate.ACKNOWLEDGED;
              onTheirWay.take().settle(fate, 200, i, 1);
            }
            return null;
          });
      Future<Void> writing =
          inThread(() -> {
            while (!done.get()) {
              ledger.writeSettled();
            }
            return null;
          });
      LedgerSeconds cells = new LedgerSeconds(ledger, List.of(event(0).series()));
      for (int second = 0; second < seconds; second++) {
        for (int i = 0; i < perSecond; i++) {
          // One in ten is of the second before.
          boolean aged = i % 10 == 0 && second > 0;
          onTheirWay.add(cells.sending((second - (aged ? 1 : 0)) * 1_000L, 0, aged));
        }
        ledger.pass((second - 1) * 1_000L);
      }
      settling.get();
      done.set(true);
      writing.get();
      ledger.finish(TOTALS);
    }
    List<LedgerEntry> entries = read().entries();
    assertEquals(seconds, entries.size(), "a second was written in two halves");
    assertEquals(98 * hundreds, entries.stream().mapToLong(LedgerEntry::requests).sum());
    assertEquals(hundreds, entries.stream().mapToLong(LedgerEntry::unknown).sum());
    assertEquals(
        98 * hundreds, entries.stream().mapToLong(entry -> entry.durationUs().count()).sum());
  }

  private static Future<Void> inThread(Callable<Void> task) {
    FutureTask<Void> running = new FutureTask<>(task);
    Thread.ofPlatform().daemon().start(running);
    return running;
  }

  @Test
  void whatIsStillPendingAtTheEndIsUnknown() throws IOException {
    try (Ledger ledger = ledger()) {
      ledger.sending(event(7));
      ledger.sending(event(8));
      ledger.finish(TOTALS);
    }
    assertEquals(2, read().entries().getFirst().unknown());
  }

  private static void book(Ledger ledger, long durationUs, Fate fate) {
    RequestEvent event = event(durationUs);
    settle(ledger.sending(event), event, fate);
  }

  private static void settle(LedgerCell cell, RequestEvent event, Fate fate) {
    cell.settle(fate, event.status(), event.durationUs().orElse(-1), event.bytes());
  }

  private static RequestEvent event(long durationUs) {
    return new RequestEvent("", 5_123, "a", "/", "", 404, OptionalLong.of(durationUs), 3);
  }

  private Ledger ledger() throws IOException {
    return Ledger.create(folder.resolve("ledger"));
  }

  private LedgerFile read() throws IOException {
    return LedgerFile.read(folder.resolve("ledger"));
  }
}
