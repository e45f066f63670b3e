package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whose a folder of window files is, and who may write into it.
class FileFolderTest {
  private static final TopicPartition P0 = WindowStoreContract.P0;

  @TempDir(factory = MemoryFolder.class)
  Path temp;

  private Path folder;
  private Instant now = Instant.ofEpochMilli(Traffic.START);
  private WindowFiles files;

  @BeforeEach
  void folder() {
    folder = temp.resolve("files");
    files = new WindowFiles(folder, FileFormat.NDJSON);
  }

  private FileStoreConfig config(int rowsPerFile) {
    return new FileStoreConfig(folder, FileFormat.NDJSON, Duration.ofMinutes(5), rowsPerFile);
  }

  private WindowStore open() {
    return FileWindowStore.open(config(1000), _ -> {}, () -> now);
  }

  @Test
  void waitsForALockThatAnotherHas() throws IOException {
    try (WindowStore store = open()) {
      try (FileChannel channel =
              FileChannel.open(folder.resolve(".millrace/lock"), StandardOpenOption.WRITE);
          FileLock _ = channel.lock()) {
        StoreBusyException busy =
            assertThrows(StoreBusyException.class, () -> store.write(List.of(), List.of()));
        assertTrue(busy.getMessage().contains("is locked by another sink"), busy.getMessage());
      }
      store.write(List.of(WindowStoreContract.row(0, 1)), List.of());
    }
  }

  @Test
  void manySinksMayMakeOneFolderAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      Callable<Map<?, ?>> opening =
          () -> {
            try (WindowStore store = open()) {
              new Retry().whileBusy(() -> store.bindTo("cluster"));
              return new Retry().whileBusy(store::offsets);
            }
          };
      for (Future<Map<?, ?>> opened : threads.invokeAll(Collections.nCopies(8, opening))) {
        assertEquals(Map.of(), opened.get());
      }
    }
  }

  @Test
  void refusesAnotherFormat() {
    open().close();
    assertRefused(
        FileStoreConfig.of(folder, FileFormat.CSV),
        "holds ndjson files: give --format ndjson, or another --dir");
  }

  @Test
  void refusesAFile() throws IOException {
    Files.writeString(folder, "no folder");
    assertRefused(config(1), "is a file, or in one: give a folder");
  }

  @Test
  void refusesFilesThatNoManifestKnows() throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("windows-2026-11-21T10Z-00000001.csv"), "");
    assertRefused(config(1), "has window files but no .millrace/manifest.json");
    assertFalse(Files.exists(folder.resolve(".millrace/manifest.json")));
  }

  @Test
  void leavesOtherFilesOfTheFolderAlone() throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("notes.txt"), "mine");
    try (WindowStore store = open()) {
      store.write(List.of(WindowStoreContract.row(0, 1)), List.of());
      now = now.plus(Duration.ofHours(2));
      store.tidy();
    }
    assertEquals("mine", Files.readString(folder.resolve("notes.txt")));
  }

  @Test
  void refusesAnotherVersion() throws IOException {
    open().close();
    Path manifest = folder.resolve(".millrace/manifest.json");
    Files.writeString(
        manifest, Files.readString(manifest).replace("\"version\":1", "\"version\":9"));
    assertRefused(config(1), "is of version 9, this Millrace reads and writes version 1");
  }

  @Test
  void refusesADamagedManifest() throws IOException {
    open().close();
    Files.writeString(folder.resolve(".millrace/manifest.json"), "{\"version\":1,");
    assertRefused(config(1), "is damaged: move the folder away");
  }

  @Test
  void refusesAWorkFileThatHasLostRows() throws IOException {
    try (WindowStore store = open()) {
      store.write(List.of(WindowStoreContract.row(0, 1)), List.of());
      Files.writeString(folder.resolve(".millrace/part-00000001.rows"), "");
      SinkException refusal =
          assertThrows(
              SinkException.class,
              () -> store.write(List.of(WindowStoreContract.row(0, 2)), List.of()));
      assertTrue(refusal.getMessage().contains("check the disk"), refusal.getMessage());
    }
  }

  @Test
  void doesNotWriteIntoADeletedFolder() throws IOException {
    try (WindowStore store = open()) {
      Files.move(folder, temp.resolve("elsewhere"));
      SinkException refusal =
          assertThrows(
              SinkException.class,
              () -> store.write(List.of(WindowStoreContract.row(0, 1)), List.of()));
      assertTrue(refusal.getMessage().contains("was moved or deleted"), refusal.getMessage());
    }
  }

  @Test
  void doesNotWriteIntoAFolderThatWasMadeAnew() throws IOException {
    try (WindowStore store = open()) {
      store.write(
          List.of(WindowStoreContract.row(0, 1)), List.of(WindowStoreContract.first(P0, 1)));
      deleteFolder();
      try (WindowStore successor = open()) {
        successor.write(
            List.of(WindowStoreContract.row(0, 2)), List.of(WindowStoreContract.first(P0, 1)));
        // Even what its offsets would allow.
        SinkException refusal =
            assertThrows(
                SinkException.class,
                () ->
                    store.write(
                        List.of(WindowStoreContract.row(1, 3)),
                        List.of(WindowStoreContract.next(P0, 1, 2))));
        assertTrue(refusal.getMessage().contains("was moved or deleted"), refusal.getMessage());
        assertEquals(Map.of(P0, 1L), successor.offsets());
      }
    }
    assertEquals(List.of(2L), files.rows().stream().map(WindowSummary::requests).toList());
  }

  private void deleteFolder() throws IOException {
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path file : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void assertRefused(FileStoreConfig config, String sentence) {
    SinkException refusal =
        assertThrows(SinkException.class, () -> FileWindowStore.open(config).close());
    assertTrue(refusal.getMessage().contains(config.folder().toString()), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(sentence), refusal.getMessage());
  }
}
