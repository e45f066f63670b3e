package dev.millrace.sink;

import dev.millrace.events.WindowSummary;
import dev.millrace.sink.FileManifest.Part;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/// Window rows in files by hour. A file with a name that begins with `windows-` is complete and
/// never changes; what is not finished is in the folder `.millrace`.
///
/// A part is the rows of one hour that become one file, in four steps, each a transaction:
///
/// 1. open: rows are added to its work file;
/// 2. sealed: no more rows are added, later ones of the hour begin another part;
/// 3. publishing: its file is complete, and gets its name once. Whether it has had it is seen by
///    the draft, which nobody else touches: a file that has its name may be moved away at once;
/// 4. finished: the manifest does not name the part any more.
///
/// A transaction is a new manifest with one atomic rename. Before it, rows are behind what the old
/// manifest says is there, and do not count. Each transaction takes a lock and reads the manifest
/// first, so several sinks may share a folder, and one that was thought dead finds that the offsets
/// are not what it knew.
///
/// Which revision holds is decided when a part is finished, and between several files of an hour by
/// their reader: [#write] counts every row as written.
public final class FileWindowStore implements WindowStore {
  /// Replays may come from all over the year; so many parts take rows, no more.
  static final int MAX_OPEN_PARTS = 64;

  private static final long HOUR_MS = Duration.ofHours(1).toMillis();
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH'Z'").withZone(ZoneOffset.UTC);

  private final FileStoreConfig config;
  private final FileFolder folder;
  private final DurableFiles files;
  private final InstantSource clock;

  private FileWindowStore(
      FileStoreConfig config, FileFolder folder, DurableFiles files, InstantSource clock) {
    this.config = config;
    this.folder = folder;
    this.files = files;
    this.clock = clock;
  }

  /// Opens a folder, and makes it if there is none.
  ///
  /// @throws SinkException if the folder cannot be used, or has files of another format
  public static FileWindowStore open(FileStoreConfig config) {
    return open(config, _ -> {}, InstantSource.system());
  }

  static FileWindowStore open(
      FileStoreConfig config, DurableFiles.Steps steps, InstantSource clock) {
    DurableFiles files = new DurableFiles(steps);
    FileFolder folder = FileFolder.open(config.folder(), files);
    FileWindowStore store = new FileWindowStore(config, folder, files, clock);
    try {
      // Two sinks may start on a new folder at once.
      new Retry().whileBusy(store::begin);
      return store;
    } catch (RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  private interface Work<T> {
    T run() throws IOException;
  }

  /// Does something while nobody else changes the folder, and nobody closes this: that would give
  /// the lock away.
  private synchronized <T> T locked(Work<T> work) {
    try (FileLock _ = folder.lock()) {
      return work.run();
    } catch (IOException e) {
      throw folder.sentence(e);
    }
  }

  private void begin() {
    locked(() -> {
      FileManifest manifest = folder.readOrCreate(config.format());
      if (manifest.format() != config.format()) {
        throw new SinkException(
            "--dir %s holds %s files: give --format %s, or another --dir"
                .formatted(config.folder(), manifest.format().label(), manifest.format().label()));
      }
      // What a kill has left after a part's last step.
      Set<Path> named = new HashSet<>();
      manifest.parts().forEach(part -> named.add(folder.workFile(part.number())));
      for (Path file : folder.workFiles()) {
        if (!named.contains(file)) {
          files.delete(file);
        }
      }
      return null;
    });
  }

  @Override
  public void bindTo(String clusterId) {
    locked(() -> {
      FileManifest manifest = folder.read();
      if (manifest.cluster() == null) {
        folder.commit(manifest.withCluster(clusterId));
      } else if (!manifest.cluster().equals(clusterId)) {
        throw new SinkException(
            "--dir %s holds rows of Kafka cluster %s, this is cluster %s: choose another folder for this cluster"
                .formatted(config.folder(), manifest.cluster(), clusterId));
      }
      return null;
    });
  }

  @Override
  public void bindTo(String topic, String topicId) {
    locked(() -> {
      FileManifest manifest = folder.read();
      String bound = manifest.topics().get(topic);
      if (bound == null) {
        folder.commit(manifest.withTopic(topic, topicId));
      } else if (!bound.equals(topicId)) {
        throw new SinkException(
            "--dir %s holds rows of an earlier topic %s, which was deleted and made anew since: choose another folder"
                .formatted(config.folder(), topic));
      }
      return null;
    });
  }

  @Override
  public Map<TopicPartition, Long> offsets() {
    return locked(() -> folder.read().offsetMap());
  }

  @Override
  public int write(List<WindowSummary> rows, List<OffsetAdvance> advances) {
    return locked(() -> {
      // First, so that the call may fail: after the commit below it must not.
      FileManifest manifest = advance(finishSealed(folder.read()), advances);
      folder.commit(sealDue(append(manifest, rows)));
      return rows.size();
    });
  }

  @Override
  public void tidy() {
    locked(() -> {
      FileManifest manifest = folder.read();
      FileManifest sealed = sealDue(manifest);
      if (!sealed.equals(manifest)) {
        folder.commit(sealed);
      }
      finishSealed(sealed);
      return null;
    });
  }

  /// A sink that was thought dead may wake up with records that its successor has written since. It
  /// must not turn the offset back, so it only moves on from where it left the offset itself.
  private FileManifest advance(FileManifest manifest, List<OffsetAdvance> advances) {
    FileManifest moved = manifest;
    for (OffsetAdvance advance : advances) {
      moved =
          moved
              .advance(advance)
              .orElseThrow(() ->
                  new StaleWriterException(
                      "--dir %s has offset %s for %s where this sink left %s: another sink writes to it too"
                          .formatted(
                              config.folder(),
                              manifest.offsetMap().get(advance.partition()),
                              advance.partition(),
                              advance.from().isPresent() ? advance.from().getAsLong() : "none")));
    }
    return moved;
  }

  private static final class Lines {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int count;

    private void add(WindowSummary row) {
      WorkFile.addLine(row, bytes);
      count++;
    }
  }

  private FileManifest append(FileManifest manifest, List<WindowSummary> rows) throws IOException {
    Map<Long, Lines> byHour = new TreeMap<>();
    for (WindowSummary row : rows) {
      long hour = Math.floorDiv(row.windowStart(), HOUR_MS) * HOUR_MS;
      byHour.computeIfAbsent(hour, _ -> new Lines()).add(row);
    }
    FileManifest more = manifest;
    for (Map.Entry<Long, Lines> hour : byHour.entrySet()) {
      Part part = more.open(hour.getKey()).orElse(Part.open(more.lastPart() + 1, hour.getKey()));
      byte[] lines = hour.getValue().bytes.toByteArray();
      files.append(folder.workFile(part.number()), part.bytes(), lines);
      more = more.with(part.plus(lines.length, hour.getValue().count, clock.millis()));
    }
    return more;
  }

  private boolean isDue(Part part) {
    long now = clock.millis();
    boolean isOver = now >= part.hour() + HOUR_MS;
    boolean isQuiet = now - part.written() >= config.closeAfter().toMillis();
    return part.rows() >= config.rowsPerFile() || (isOver && isQuiet);
  }

  private FileManifest sealDue(FileManifest manifest) {
    FileManifest sealed = manifest.map(part -> isDue(part) ? part.seal() : part);
    // The list is in the order of the last writes.
    List<Part> open = sealed.parts().stream().filter(part -> !part.sealed()).toList();
    Set<Part> tooMany = Set.copyOf(open.subList(0, Math.max(0, open.size() - MAX_OPEN_PARTS)));
    return sealed.map(part -> tooMany.contains(part) ? part.seal() : part);
  }

  /// Finishes one part, or several small ones that have no more rows together than a file may have:
  /// a call must not take longer than Kafka waits for the next poll, and after a backlog there are
  /// many parts. One only would be too few for a replay of rows from all over the year, of which
  /// each call may seal many parts.
  private FileManifest finishSealed(FileManifest manifest) throws IOException {
    FileManifest left = manifest;
    long rows = 0;
    for (Part part : manifest.parts()) {
      if (part.sealed()) {
        if (rows > 0 && rows + part.rows() > config.rowsPerFile()) {
          break;
        }
        rows += part.rows();
        left = finish(left, part);
      }
    }
    return left;
  }

  private FileManifest finish(FileManifest manifest, Part part) throws IOException {
    String name =
        "%s%s-%08d.%s"
            .formatted(
                FileFolder.PREFIX,
                HOUR.format(Instant.ofEpochMilli(part.hour())),
                part.number(),
                config.format().label());
    Path draft = folder.draft(name);
    FileManifest publishing = manifest;
    if (!part.publishing()) {
      writeDraft(part, draft);
      publishing = manifest.map(other -> other.number() == part.number() ? other.publish() : other);
      folder.commit(publishing);
    }
    if (Files.notExists(draft)) {
      // It had its name before a kill or an error.
      files.syncFolder(config.folder());
    } else {
      files.rename(draft, config.folder().resolve(name));
    }
    FileManifest left = publishing.without(part);
    folder.commit(left);
    files.delete(folder.workFile(part.number()));
    return left;
  }

  /// After this, the draft is on the disk as a whole.
  private void writeDraft(Part part, Path draft) {
    try {
      try (WindowFileWriter out = config.format().create(draft)) {
        new WorkFile(folder.workFile(part.number()), part.bytes()).writeSorted(out);
      }
      files.syncFile(draft);
      files.syncFolder(draft.getParent());
    } catch (IOException e) {
      // Before there is room again.
      SinkException sentence = folder.sentence(e);
      deleteHalf(draft, sentence);
      throw sentence;
    } catch (RuntimeException e) {
      deleteHalf(draft, e);
      throw e;
    }
  }

  /// If the disk is full, half a file must not stay in the way.
  private static void deleteHalf(Path draft, RuntimeException reason) {
    try {
      Files.deleteIfExists(draft);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  /// Rows of open hours stay in their work files; the next sink goes on with them. Waits for a call
  /// that is under way.
  @Override
  public synchronized void close() {
    folder.close();
  }
}
