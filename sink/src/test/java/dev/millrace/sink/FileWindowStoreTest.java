package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FileWindowStoreTest extends WindowStoreContract {
  private static final Duration CLOSE_AFTER = Duration.ofMinutes(5);
  private static final long HOUR = Duration.ofHours(1).toMillis();

  @TempDir(factory = MemoryFolder.class)
  Path temp;

  private Path folder;
  private WindowFiles files;
  private Instant now = Instant.ofEpochMilli(Traffic.START);
  private final InstantSource clock = () -> now;

  @BeforeEach
  void folder() {
    folder = temp.resolve("files");
    files = new WindowFiles(folder, FileFormat.NDJSON);
  }

  private FileStoreConfig config(int rowsPerFile) {
    return new FileStoreConfig(folder, FileFormat.NDJSON, CLOSE_AFTER, rowsPerFile);
  }

  @Override
  WindowStore open() {
    return open(_ -> {});
  }

  private WindowStore open(DurableFiles.Steps steps) {
    return FileWindowStore.open(config(1000), steps, clock);
  }

  @Override
  List<WindowSummary> rows() {
    return files.rows();
  }

  @Override
  int written(int rows, int givingWay) {
    return rows;
  }

  /// The command refuses `--keep` with `--dir` before it comes to this.
  @Override
  @Test
  void oldRowsAreDeletedSomeAtATimeAndOffsetsStay() {
    try (WindowStore store = open()) {
      assertThrows(UnsupportedOperationException.class, () -> store.deleteBefore(1, 1));
    }
  }

  private static WindowSummary row(long start, long size, String route, int revision, long count) {
    return new WindowSummary(
        start, size, "checkout", route, count, 0, 0, 0, 0, null, null, 0, revision, false);
  }

  @Test
  void anHourBecomesAFileWhenItIsOverAndQuiet() {
    try (WindowStore store = open()) {
      store.write(List.of(row(0, 1), row(1, 2)), List.of());
      now = now.plusMillis(HOUR).minusSeconds(1);
      store.tidy();
      assertEquals(List.of(), files.names());
      // The hour is over soon, but rows still come.
      store.write(List.of(row(Traffic.START + HOUR - 1000, 1000, "/", 0, 9)), List.of());
      now = now.plus(CLOSE_AFTER).minusMillis(1);
      store.tidy();
      assertEquals(List.of(), files.names());
      now = now.plusMillis(1);
      store.tidy();
      assertEquals(List.of("windows-2026-11-21T10Z-00000001.ndjson"), files.names());
    }
    assertEquals(
        List.of(2L, 9L), files.finished("windows-").stream().map(WindowSummary::requests).toList());
  }

  @Test
  void anHourAlsoClosesWhileRowsOfOthersAreWritten() {
    try (WindowStore store = open()) {
      store.write(List.of(row(0, 1)), List.of());
      now = now.plusMillis(HOUR).plus(CLOSE_AFTER);
      store.write(List.of(row(Traffic.START + HOUR, 1000, "/", 0, 1)), List.of());
      store.write(List.of(row(Traffic.START + HOUR, 1000, "/", 1, 2)), List.of());
    }
    assertEquals(List.of("windows-2026-11-21T10Z-00000001.ndjson"), files.names());
  }

  @Test
  void aFileIsInOrderAndHasEachRowOnceInItsHighestRevision() {
    List<WindowSummary> rows =
        List.of(
            row(Traffic.START, 60_000, "/", 0, 1),
            row(Traffic.START + 1000, 1000, "/", 2, 2),
            row(Traffic.START + 1000, 1000, "/", 1, 3),
            row(Traffic.START, 1000, "/b", 0, 4),
            row(Traffic.START, 1000, "/a", 1, 5),
            row(Traffic.START, 1000, "/a", 1, 6),
            row(Traffic.START, 1000, "/a", 0, 7));
    try (WindowStore store = open()) {
      rows.forEach(row -> store.write(List.of(row), List.of()));
      closeTheHour(store);
    }
    assertEquals(
        List.of(6L, 4L, 2L, 1L),
        files.finished("windows-").stream().map(WindowSummary::requests).toList());
  }

  private void closeTheHour(WindowStore store) {
    now = now.plusMillis(HOUR).plus(CLOSE_AFTER);
    store.tidy();
  }

  @Test
  void aRevisionAfterTheCloseGoesIntoAFileOfItsOwn() throws IOException {
    try (WindowStore store = open()) {
      store.write(List.of(row(0, 1)), List.of());
      closeTheHour(store);
      byte[] before = Files.readAllBytes(folder.resolve("windows-2026-11-21T10Z-00000001.ndjson"));
      store.write(List.of(row(1, 2)), List.of());
      closeTheHour(store);
      assertEquals(
          List.of(
              "windows-2026-11-21T10Z-00000001.ndjson", "windows-2026-11-21T10Z-00000002.ndjson"),
          files.names());
      assertEquals(
          new String(before, StandardCharsets.UTF_8),
          Files.readString(folder.resolve("windows-2026-11-21T10Z-00000001.ndjson")));
      // Of equal revisions the later file's row holds.
      store.write(List.of(row(1, 3)), List.of());
      closeTheHour(store);
    }
    assertEquals(List.of(3L), files.latest().stream().map(WindowSummary::requests).toList());
  }

  @Test
  void numbersOfFilesAreNeverUsedAgain() throws IOException {
    try (WindowStore store = open()) {
      store.write(List.of(row(0, 1)), List.of());
      closeTheHour(store);
    }
    // Somebody has taken it away, to keep it elsewhere under its name.
    Files.delete(folder.resolve("windows-2026-11-21T10Z-00000001.ndjson"));
    try (WindowStore store = open()) {
      store.write(List.of(row(1, 1)), List.of());
      closeTheHour(store);
    }
    assertEquals(List.of("windows-2026-11-21T10Z-00000002.ndjson"), files.names());
  }

  @Test
  void openHoursOutliveTheStore() {
    try (WindowStore store = open()) {
      store.write(List.of(row(0, 1)), List.of(first(P0, 1)));
    }
    assertEquals(List.of(), files.names());
    try (WindowStore store = open()) {
      store.write(List.of(row(1, 2)), List.of(next(P0, 1, 2)));
      closeTheHour(store);
    }
    assertEquals(
        List.of(2L), files.finished("windows-").stream().map(WindowSummary::requests).toList());
  }

  @Test
  void anHourOfManyRowsIsSeveralFiles() {
    try (WindowStore store = FileWindowStore.open(config(3), _ -> {}, clock)) {
      for (int i = 0; i < 8; i++) {
        store.write(List.of(row(Traffic.START + i * 1000L, 1000, "/", 0, i)), List.of());
      }
      store.tidy();
      assertEquals(
          List.of(
              "windows-2026-11-21T10Z-00000001.ndjson", "windows-2026-11-21T10Z-00000002.ndjson"),
          files.names());
      assertEquals(6, files.latest().size());
      assertEquals(8, files.rows().size());
    }
  }

  @Test
  void onlySoManyHoursAreOpenAtOnce() {
    int hours = FileWindowStore.MAX_OPEN_PARTS + 3;
    try (WindowStore store = open()) {
      for (int i = hours - 1; i >= 0; i--) {
        // In the future by the clock: not over yet.
        store.write(List.of(row(Traffic.START + i * HOUR, 1000, "/", 0, i)), List.of());
      }
      store.tidy();
      assertEquals(
          List.of(
              "windows-2026-11-24T02Z-00000003.ndjson",
              "windows-2026-11-24T03Z-00000002.ndjson",
              "windows-2026-11-24T04Z-00000001.ndjson"),
          files.names());
    }
    assertEquals(hours, files.rows().size());
  }

  @Test
  void rowsFromBefore1970AndFromFarAheadHaveFilesToo() {
    try (WindowStore store = FileWindowStore.open(config(1), _ -> {}, clock)) {
      store.write(
          List.of(row(-1, 1000, "/", 0, 1), row(400_000_000_000_000L, 1000, "/", 0, 2)), List.of());
      store.tidy();
      store.tidy();
    }
    assertEquals(2, files.latest().size());
    assertTrue(
        files.names().contains("windows-1969-12-31T23Z-00000001.ndjson"), files.names()::toString);
  }

  @Test
  void aCallFinishesNoMoreRowsThanAFileMayHave() {
    try (WindowStore store = FileWindowStore.open(config(3), _ -> {}, clock)) {
      for (int hour = 0; hour < 3; hour++) {
        long start = Traffic.START + hour * HOUR;
        store.write(List.of(row(start, 1000, "/a", 0, 1), row(start, 1000, "/b", 0, 1)), List.of());
      }
      now = now.plusMillis(3 * HOUR).plus(CLOSE_AFTER);
      for (int call = 1; call <= 3; call++) {
        store.tidy();
        assertEquals(call, files.names().size());
      }
      // Small ones do not pile up.
      for (int hour = 0; hour < 3; hour++) {
        store.write(List.of(row(Traffic.START + hour * HOUR, 1000, "/c", 0, 1)), List.of());
      }
      now = now.plus(CLOSE_AFTER);
      store.tidy();
      assertEquals(6, files.names().size());
    }
  }

  @Test
  void aFileThatIsTakenAwayBeforeTheManifestKnowsIsNotWrittenAgain() throws IOException {
    boolean[] named = {false};
    DurableFiles.Steps fullOnceItIsNamed =
        step -> {
          if (step.startsWith("rename to windows-")) {
            named[0] = true;
          } else if (named[0] && step.equals("write manifest.json.tmp")) {
            throw new IOException("No space left on device");
          }
        };
    try (WindowStore store = open(fullOnceItIsNamed)) {
      store.write(List.of(row(0, 1)), List.of());
      now = now.plusMillis(HOUR).plus(CLOSE_AFTER);
      assertThrows(StoreBusyException.class, store::tidy);
      assertEquals(List.of("windows-2026-11-21T10Z-00000001.ndjson"), files.names());
      Files.delete(folder.resolve("windows-2026-11-21T10Z-00000001.ndjson"));
      named[0] = false;
      store.tidy();
      assertFalse(named[0]);
    }
    assertEquals(List.of(), files.names());
    assertEquals(List.of(), files.parts());
  }

  @ParameterizedTest
  @EnumSource(FileFormat.class)
  void aDraftThatDoesNotFitIsRemoved(FileFormat format) throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "no device that is always full");
    files = new WindowFiles(folder, format);
    String name = "windows-2026-11-21T10Z-00000001." + format.label();
    Path draft = folder.resolve(".millrace").resolve(name + ".tmp");
    // More than is buffered until the file is closed, and than compresses into that.
    List<WindowSummary> rows = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 5000; i++) {
      rows.add(row(Traffic.START, 1000, "/" + random.nextLong(), 0, random.nextLong(1L << 50)));
    }
    try (WindowStore store =
        FileWindowStore.open(
            new FileStoreConfig(folder, format, CLOSE_AFTER, 10_000), _ -> {}, clock)) {
      store.write(rows, List.of());
      now = now.plusMillis(HOUR).plus(CLOSE_AFTER);
      Files.createSymbolicLink(draft, full);
      StoreBusyException busy = assertThrows(StoreBusyException.class, store::tidy);
      assertTrue(busy.getMessage().contains("the disk is full; make room"), busy.getMessage());
      assertFalse(Files.exists(draft, LinkOption.NOFOLLOW_LINKS));
      assertEquals(List.of(), files.names());
      store.tidy();
    }
    assertEquals(List.of(name), files.names());
    assertEquals(5000, files.latest().size());
  }

  @Test
  void closingWaitsForWhatIsUnderWay() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    WindowStore store =
        open(step -> {
          if (step.startsWith("append to")) {
            writing.countDown();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        });
    try (ExecutorService writer = Executors.newSingleThreadExecutor()) {
      Future<Integer> written =
          writer.submit(() -> store.write(List.of(row(0, 1)), List.of(first(P0, 1))));
      writing.await();
      Thread closer = Thread.ofPlatform().start(store::close);
      try {
        Await.until(
            "it is closed or waits",
            () ->
                closer.getState() == Thread.State.BLOCKED
                    || closer.getState() == Thread.State.TERMINATED);
        try (FileChannel channel =
            FileChannel.open(folder.resolve(".millrace/lock"), StandardOpenOption.WRITE)) {
          assertThrows(OverlappingFileLockException.class, channel::tryLock);
        }
      } finally {
        goOn.countDown();
      }
      assertEquals(1, written.get());
      closer.join();
    }
    SinkException refusal =
        assertThrows(SinkException.class, () -> store.write(List.of(), List.of()));
    assertTrue(refusal.getMessage().contains("was closed"), refusal.getMessage());
    assertEquals(1, files.rows().size());
  }

  /// At each step in turn, the disk is full once.
  @Test
  void aFullDiskIsWorthAnotherTryWhereverItShows() {
    Set<String> failed = new HashSet<>();
    Map<String, Integer> left = new HashMap<>();
    DurableFiles.Steps full =
        step -> {
          if (left.merge(step, 1, Integer::sum) <= 1) {
            failed.add(step);
            throw new IOException("No space left on device");
          }
        };
    WindowStore store = null;
    while (store == null) {
      try {
        store = open(full);
      } catch (StoreBusyException e) {
        assertTrue(e.getMessage().contains("the disk is full; make room"), e.getMessage());
      }
    }
    try (WindowStore opened = store) {
      for (int i = 0; i < 3; i++) {
        int at = i;
        untilThereIsRoom(() ->
            opened.write(
                List.of(row(at, at)), List.of(at == 0 ? first(P0, 1) : next(P0, at, at + 1))));
      }
      now = now.plusMillis(HOUR).plus(CLOSE_AFTER);
      untilThereIsRoom(opened::tidy);
      assertEquals(Map.of(P0, 3L), opened.offsets());
    }
    assertTrue(failed.size() > 10, failed::toString);
    assertEquals(
        List.of(2L), files.finished("windows-").stream().map(WindowSummary::requests).toList());
  }

  /// What the loop does: it tries again, and goes on when the offsets say that it was written.
  private static void untilThereIsRoom(Runnable work) {
    while (true) {
      try {
        work.run();
        return;
      } catch (StoreBusyException e) {
        assertTrue(e.getMessage().contains("the disk is full; make room"), e.getMessage());
      } catch (StaleWriterException _) {
        return;
      }
    }
  }

  /// A disk that is really full, where the test may mount one.
  @Test
  void goesOnWhenAFullDiskHasRoomAgain() throws Exception {
    Path disk = Files.createDirectory(temp.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=3m", "millrace-test", disk.toString()),
        "no small disk to be had: mounting one takes root");
    try {
      folder = disk.resolve("files");
      files = new WindowFiles(folder, FileFormat.NDJSON);
      Path ballast = disk.resolve("ballast");
      try (WindowStore store = open()) {
        store.write(List.of(row(0, 1)), List.of(first(P0, 1)));
        byte[] block = new byte[1 << 16];
        assertThrows(
            IOException.class,
            () -> {
              try (var out = Files.newOutputStream(ballast)) {
                while (true) {
                  out.write(block);
                }
              }
            });
        List<WindowSummary> many = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
          many.add(row(Traffic.START + i, 1000, "/", 0, i));
        }
        StoreBusyException busy =
            assertThrows(
                StoreBusyException.class, () -> store.write(many, List.of(next(P0, 1, 2))));
        assertTrue(busy.getMessage().contains("the disk is full; make room"), busy.getMessage());
        assertEquals(1, files.rows().size());
        Files.delete(ballast);
        store.write(many, List.of(next(P0, 1, 2)));
        assertEquals(Map.of(P0, 2L), store.offsets());
      }
      assertEquals(5000, files.rows().size());
    } finally {
      assertTrue(run("umount", disk.toString()));
    }
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException _) {
      return false;
    }
  }
}
