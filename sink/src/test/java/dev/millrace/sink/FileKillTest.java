package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.WindowSummary;
import dev.millrace.sink.WindowStore.OffsetAdvance;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A folder of files after the sink was killed, at every step that it takes.
class FileKillTest {
  private static final Duration CLOSE_AFTER = Duration.ofMinutes(1);
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final TopicPartition P0 = WindowStoreContract.P0;

  @TempDir(factory = MemoryFolder.class)
  Path temp;

  /// Batches of rows, the n-th from offset n to n + 1, twenty minutes apart: three hours, revisions
  /// in one batch, across batches and after the close of their hour.
  private static List<List<WindowSummary>> script() {
    RandomGenerator random = new Random(1);
    List<List<WindowSummary>> batches = new ArrayList<>();
    for (int batch = 0; batch < 9; batch++) {
      List<WindowSummary> rows = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        long time = Traffic.START + random.nextInt(batch * 20 + 1) * 60_000L;
        rows.add(randomRow(random, time));
      }
      batches.add(rows);
    }
    return batches;
  }

  private static WindowSummary randomRow(RandomGenerator random, long time) {
    return new WindowSummary(
        time,
        1000,
        "s" + random.nextInt(3),
        "/",
        random.nextInt(1_000_000),
        0,
        0,
        0,
        0,
        null,
        null,
        0,
        random.nextInt(4),
        false);
  }

  /// The time by the sink's clock when it writes a batch.
  private static Instant time(int batch) {
    return Instant.ofEpochMilli(Traffic.START).plus(Duration.ofMinutes(batch * 20L));
  }

  /// What must be in the files after so many batches.
  private static List<String> expected(List<List<WindowSummary>> batches) {
    Map<String, WindowSummary> last = new TreeMap<>();
    batches.forEach(rows -> rows.forEach(row -> keep(last, row)));
    return json(last.values().stream().toList());
  }

  private static void keep(Map<String, WindowSummary> last, WindowSummary row) {
    last.merge(
        WindowFiles.key(row), row, (old, next) -> next.revision() >= old.revision() ? next : old);
  }

  private static List<String> json(List<WindowSummary> rows) {
    return rows.stream()
        .map(row -> new String(JsonRecords.WINDOWS.encode(row), StandardCharsets.UTF_8))
        .toList();
  }

  private static FileStoreConfig config(Path folder, FileFormat format) {
    return new FileStoreConfig(folder, format, CLOSE_AFTER, 30);
  }

  private static OffsetAdvance advance(TopicPartition partition, long from) {
    return new OffsetAdvance(
        partition, from == 0 ? OptionalLong.empty() : OptionalLong.of(from), from + 1);
  }

  private static void goOn(Path folder, FileFormat format, DurableFiles.Steps steps, int[] batch) {
    List<List<WindowSummary>> script = script();
    try (WindowStore store =
        FileWindowStore.open(config(folder, format), steps, () -> time(batch[0]))) {
      batch[0] = Math.toIntExact(store.offsets().getOrDefault(P0, 0L));
      while (batch[0] < script.size()) {
        store.write(script.get(batch[0]), List.of(advance(P0, batch[0])));
        batch[0]++;
      }
      batch[0] += 4;
      finishAll(store, new WindowFiles(folder, format));
    }
  }

  /// A call finishes a few parts only.
  private static void finishAll(WindowStore store, WindowFiles files) {
    for (int before = -1; files.parts().size() != before; ) {
      before = files.parts().size();
      store.tidy();
    }
    assertEquals(List.of(), files.parts());
  }

  private record Snapshot(Path folder, String step, int batch) {}

  @ParameterizedTest
  @EnumSource(
      value = FileFormat.class,
      names = {"NDJSON", "PARQUET"})
  void losesAndDoublesNothingWhereverItIsKilled(FileFormat format) throws IOException {
    Path folder = temp.resolve("files");
    int[] batch = {0};
    List<Snapshot> snapshots = new ArrayList<>();
    goOn(
        folder,
        format,
        step -> {
          Path copy = temp.resolve("snapshot-" + snapshots.size());
          if (Files.exists(folder)) {
            copy(folder, copy);
          }
          snapshots.add(new Snapshot(copy, step, batch[0]));
        },
        batch);
    List<String> names = new WindowFiles(folder, format).names();
    assertTrue(names.size() >= 6, names::toString);
    TreeSet<String> steps = new TreeSet<>();
    for (Snapshot snapshot : snapshots) {
      steps.add(
          snapshot
              .step()
              .replace(temp.getFileName().toString(), "above")
              .replaceAll("[-0-9TZ]{5,}", "#"));
    }
    assertEquals(
        List.of(
            "append to part#.rows",
            "cut part#.rows",
            "delete part#.rows",
            "make folder .millrace",
            "make folder files",
            "open part#.rows",
            "rename to manifest.json",
            "rename to windows#." + format.label(),
            "sync folder .millrace",
            "sync folder above",
            "sync folder files",
            "sync manifest.json.tmp",
            "sync part#.rows",
            "sync windows#." + format.label() + ".tmp",
            "write manifest.json.tmp"),
        List.copyOf(steps));
    RandomGenerator random = new Random(2);
    for (Snapshot snapshot : snapshots) {
      if (Files.exists(snapshot.folder())) {
        tear(snapshot.folder(), random);
        assertGoesOn(snapshot, format, folder);
      }
    }
  }

  /// What no manifest names may be on the disk in part only; a draft is named when it is
  /// publishing.
  private static void tear(Path folder, RandomGenerator random) throws IOException {
    Map<String, Long> named = new HashMap<>();
    List<String> publishing = new ArrayList<>();
    if (Files.exists(folder.resolve(".millrace/manifest.json"))) {
      new WindowFiles(folder, FileFormat.NDJSON)
          .parts()
          .forEach(part -> {
            named.put("part-%08d.rows".formatted(part.number()), part.bytes());
            if (part.publishing()) {
              publishing.add("-%08d.".formatted(part.number()));
            }
          });
    }
    try (Stream<Path> found = Files.list(folder.resolve(".millrace"))) {
      for (Path file : found.toList()) {
        String name = file.getFileName().toString();
        boolean isWhole = publishing.stream().anyMatch(name::contains);
        if (!isWhole && (name.endsWith(".tmp") || name.endsWith(".rows"))) {
          long kept = named.getOrDefault(name, 0L);
          long length = random.nextLong(kept, Files.size(file) + 1);
          try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(length);
          }
        }
      }
    } catch (NoSuchFileException _) {
      // Not even the folder was there.
    }
  }

  private void assertGoesOn(Snapshot killed, FileFormat format, Path whole) throws IOException {
    WindowFiles files = new WindowFiles(killed.folder(), format);
    for (String name : files.names()) {
      // Whoever had begun to read it reads what is there at the end.
      assertArrayEquals(
          Files.readAllBytes(whole.resolve(name)),
          Files.readAllBytes(killed.folder().resolve(name)),
          name);
    }
    int[] batch = {killed.batch()};
    try (WindowStore store =
        FileWindowStore.open(
            config(killed.folder(), format), _ -> {}, () -> time(killed.batch()))) {
      int offset = Math.toIntExact(store.offsets().getOrDefault(P0, 0L));
      assertTrue(
          offset == Math.min(killed.batch(), 9) || offset == killed.batch() + 1,
          () -> killed + " has offset " + offset);
      assertEquals(expected(script().subList(0, offset)), json(files.rows()), killed::toString);
    }
    // Whoever takes finished files away at once never gets one of them again.
    Path archive = Files.createDirectory(temp.resolve(killed.folder().getFileName() + "-archive"));
    for (String name : files.names()) {
      Files.move(killed.folder().resolve(name), archive.resolve(name));
    }
    goOn(killed.folder(), format, _ -> {}, batch);
    try (Stream<Path> archived = Files.list(archive)) {
      for (Path file : archived.toList()) {
        Path place = killed.folder().resolve(file.getFileName().toString());
        assertFalse(Files.exists(place), () -> killed + " has given " + place + " twice");
        Files.move(file, place);
      }
    }
    assertEquals(expected(script()), json(files.latest()), killed::toString);
    try (Stream<Path> left = Files.list(killed.folder().resolve(".millrace"))) {
      assertEquals(
          List.of("lock", "manifest.json"),
          left.map(file -> file.getFileName().toString()).sorted().toList(),
          killed::toString);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> found = Files.walk(from)) {
      for (Path file : found.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static final class Killed extends Error {}

  /// Two sinks with a partition each, which restart, are killed at some step or wait, in any order.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void filesAndWorkFilesTogetherAlwaysHaveTheLastRevisionOfEachRow(long seed) {
    RandomGenerator random = new Random(seed);
    Path folder = temp.resolve("files");
    WindowFiles files = new WindowFiles(folder, FileFormat.NDJSON);
    Instant[] now = {Instant.ofEpochMilli(Traffic.START)};
    int[] stepsToLive = {Integer.MAX_VALUE};
    DurableFiles.Steps mortal =
        _ -> {
          if (--stepsToLive[0] == 0) {
            throw new Killed();
          }
        };
    Map<String, WindowSummary> last = new TreeMap<>();
    WindowStore[] stores = new WindowStore[2];
    long[] offsets = new long[2];
    for (int action = 0; action < 120; action++) {
      int sink = random.nextInt(2);
      TopicPartition partition = new TopicPartition("windows.1s", sink);
      List<WindowSummary> rows = new ArrayList<>();
      stepsToLive[0] = random.nextInt(4) == 0 ? random.nextInt(1, 25) : Integer.MAX_VALUE;
      try {
        if (stores[sink] == null || random.nextInt(10) == 0) {
          if (stores[sink] != null) {
            stores[sink].close();
          }
          stores[sink] =
              FileWindowStore.open(config(folder, FileFormat.NDJSON), mortal, () -> now[0]);
        }
        if (random.nextInt(4) == 0) {
          now[0] = now[0].plus(Duration.ofMinutes(random.nextInt(90)));
          stores[sink].tidy();
        } else {
          for (int i = random.nextInt(30); i > 0; i--) {
            rows.add(randomRow(random, now[0].toEpochMilli() - random.nextInt(200) * 60_000L));
          }
          stores[sink].write(rows, List.of(advance(partition, offsets[sink])));
          offsets[sink]++;
          rows.forEach(row -> keep(last, row));
        }
      } catch (Killed _) {
        stepsToLive[0] = Integer.MAX_VALUE;
        if (stores[sink] != null) {
          stores[sink].close();
        }
        stores[sink] =
            FileWindowStore.open(config(folder, FileFormat.NDJSON), mortal, () -> now[0]);
        if (stores[sink].offsets().getOrDefault(partition, 0L) > offsets[sink]) {
          offsets[sink]++;
          rows.forEach(row -> keep(last, row));
        }
      }
      if (action % 10 == 0) {
        assertEquals(json(last.values().stream().toList()), json(files.rows()));
      }
    }
    stepsToLive[0] = Integer.MAX_VALUE;
    now[0] = now[0].plusMillis(2 * HOUR);
    finishAll(stores[0], files);
    assertEquals(json(last.values().stream().toList()), json(files.latest()));
    for (WindowStore store : stores) {
      store.close();
    }
  }

  /// Writes the script over and over, until it is killed.
  static final class Writer {
    public static void main(String[] args) {
      List<List<WindowSummary>> script = script();
      try (WindowStore store =
          FileWindowStore.open(
              new FileStoreConfig(Path.of(args[0]), FileFormat.PARQUET, Duration.ZERO, 30))) {
        long offset = store.offsets().getOrDefault(P0, 0L);
        for (int i = 0; i < 100_000; i++) {
          store.write(script.get((int) (offset % script.size())), List.of(advance(P0, offset)));
          offset++;
        }
      }
    }
  }

  @Test
  void killMinusNineAtAnyTimeLosesAndDoublesNothing() throws Exception {
    Path folder = temp.resolve("files");
    RandomGenerator random = new Random(3);
    long before = 0;
    for (int kill = 0; kill < 4; kill++) {
      Process writer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writer.class.getName(),
                  folder.toString())
              .redirectErrorStream(true)
              .redirectOutput(new File(temp.toFile(), "writer-" + kill))
              .start();
      long reached = before;
      Await.until(
          "it writes", () -> !writer.isAlive() || offset(folder) > reached + random.nextInt(5, 40));
      assertTrue(writer.isAlive(), Files.readString(temp.resolve("writer-" + kill)));
      writer.destroyForcibly();
      assertTrue(writer.waitFor(20, TimeUnit.SECONDS));
      before = offset(folder);
    }
    int whole = Math.toIntExact(before);
    List<List<WindowSummary>> written = new ArrayList<>();
    for (int i = 0; i < whole; i++) {
      written.add(script().get(i % 9));
    }
    WindowFiles files = new WindowFiles(folder, FileFormat.PARQUET);
    assertEquals(expected(written), json(files.rows()));
    assertTrue(files.names().size() > whole / 4, () -> whole + " " + files.names());
    try (WindowStore store = FileWindowStore.open(FileStoreConfig.of(folder, FileFormat.PARQUET))) {
      store.tidy();
      assertEquals(Map.of(P0, (long) whole), store.offsets());
    }
  }

  private static long offset(Path folder) {
    try {
      return new WindowFiles(folder, FileFormat.PARQUET)
          .manifest()
          .offsetMap()
          .getOrDefault(P0, 0L);
    } catch (IOException _) {
      return 0;
    }
  }
}
