package dev.millrace.sink;

import dev.millrace.events.JsonRecords;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/// Where things are in a folder of window files, its lock and its manifest, and what its errors
/// mean.
final class FileFolder implements AutoCloseable {
  /// What the names of finished files begin with.
  static final String PREFIX = "windows-";

  private static final JsonRecords<FileManifest> MANIFESTS = new JsonRecords<>(FileManifest.class);

  /// Another sink has the lock for some milliseconds at a time, and for seconds when it finishes a
  /// file. The caller tries again for much longer.
  private static final long LOCK_TRIES = 100;

  private static final long LOCK_PAUSE_MS = 10;

  /// With less than this, a write that failed has failed for want of it.
  private static final long FULL_BYTES = 1 << 20;

  private final Path folder;
  private final Path own;
  private final Path manifestFile;
  private final DurableFiles files;
  private final FileChannel lock;

  /// Which file the lock is on.
  private final Object lockKey;

  private FileFolder(Path folder, Path own, DurableFiles files, FileChannel lock, Object lockKey) {
    this.folder = folder;
    this.own = own;
    this.manifestFile = own.resolve("manifest.json");
    this.files = files;
    this.lock = lock;
    this.lockKey = lockKey;
  }

  /// @throws SinkException if the folder cannot be used
  static FileFolder open(Path folder, DurableFiles files) {
    // Hidden, so that `*` does not find it.
    Path own = folder.resolve(".millrace");
    try {
      files.createFolder(own);
      Path lockFile = lockFile(own);
      try {
        Files.createFile(lockFile);
      } catch (FileAlreadyExistsException _) {
        // The usual case.
      }
      // Before it is opened: should it be another file by then, the first lock() finds out.
      Object key = fileKey(lockFile);
      return new FileFolder(
          folder, own, files, FileChannel.open(lockFile, StandardOpenOption.WRITE), key);
    } catch (IOException e) {
      throw sentence(folder, e);
    }
  }

  private static Path lockFile(Path own) {
    return own.resolve("lock");
  }

  private static Object fileKey(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /// @throws StoreBusyException if another sink has it for long
  /// @throws SinkException if the folder is not the one that was opened
  FileLock lock() throws IOException {
    for (int i = 0; i < LOCK_TRIES; i++) {
      FileLock mine = tryLock();
      if (mine != null) {
        try {
          refuseAnotherFolder();
        } catch (IOException | RuntimeException e) {
          mine.release();
          throw e;
        }
        return mine;
      }
      try {
        Thread.sleep(LOCK_PAUSE_MS);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    throw new StoreBusyException("--dir " + folder + " is locked by another sink", null);
  }

  /// A deleted file can still be locked; who makes the folder anew locks another one.
  private void refuseAnotherFolder() throws IOException {
    // On Windows there is no key; an open file cannot be deleted there.
    if (!Objects.equals(fileKey(lockFile(own)), lockKey)) {
      throw new SinkException(
          "--dir " + folder + " was moved or deleted while the sink had it open: start again");
    }
  }

  private FileLock tryLock() throws IOException {
    try {
      return lock.tryLock();
    } catch (OverlappingFileLockException _) {
      // Another store in this process has it.
      return null;
    }
  }

  /// The manifest of a folder that is in use, or a new one. Call it with the lock.
  ///
  /// @throws SinkException if there are files that no manifest knows of
  FileManifest readOrCreate(FileFormat format) throws IOException {
    if (Files.exists(manifestFile)) {
      return read();
    }
    try (Stream<Path> found = Files.list(folder)) {
      if (found.anyMatch(file -> file.getFileName().toString().startsWith(PREFIX))) {
        throw new SinkException(
            "--dir %s has window files but no %s: choose another folder, or move the files away and let the sink read everything again"
                .formatted(folder, folder.relativize(manifestFile)));
      }
    }
    FileManifest empty = FileManifest.empty(format);
    commit(empty);
    return empty;
  }

  /// The manifest as it is now. Call it with the lock.
  FileManifest read() throws IOException {
    byte[] json = Files.readAllBytes(manifestFile);
    FileManifest manifest;
    try {
      manifest = MANIFESTS.decode(json);
    } catch (IOException e) {
      throw new SinkException(
          manifestFile
              + " is damaged: move the folder away, and let the sink fill a new one from Kafka",
          e);
    }
    if (manifest.version() != FileManifest.VERSION) {
      throw new SinkException(
          "--dir %s is of version %d, this Millrace reads and writes version %d: use the Millrace that wrote it, or let the sink fill a new folder from Kafka"
              .formatted(folder, manifest.version(), FileManifest.VERSION));
    }
    return manifest;
  }

  /// From here on, what the manifest says is so.
  void commit(FileManifest manifest) throws IOException {
    files.replace(manifestFile, MANIFESTS.encode(manifest));
  }

  /// Rows of a part that is not a finished file yet.
  Path workFile(long part) {
    return own.resolve("part-%08d.rows".formatted(part));
  }

  /// All work files, named in the manifest or not.
  List<Path> workFiles() throws IOException {
    try (Stream<Path> found = Files.list(own)) {
      return found
          .filter(file -> file.getFileName().toString().matches("part-\\d+\\.rows"))
          .toList();
    }
  }

  /// A file before it has its name; in the same folder as the manifest.
  Path draft(String name) {
    return own.resolve(name + ".tmp");
  }

  /// What an error of the disk means to the user.
  SinkException sentence(IOException e) {
    return sentence(folder, e);
  }

  private static SinkException sentence(Path folder, IOException e) {
    String dir = "--dir " + folder;
    if (isForWantOfSpace(folder, e)) {
      return new StoreBusyException(dir + ": the disk is full; make room", e);
    }
    return switch (e) {
      case AccessDeniedException _ ->
          new SinkException(dir + " is not writable: check its and its files' rights", e);
      case FileAlreadyExistsException _ ->
          new SinkException(dir + " is a file, or in one: give a folder", e);
      case NoSuchFileException missing ->
          new SinkException(
              dir
                  + " was moved or deleted while the sink had it open: start again ("
                  + missing.getFile()
                  + " is missing)",
              e);
      case ClosedChannelException _ ->
          new SinkException(dir + " was closed, or the sink interrupted, while it wrote", e);
      default ->
          new SinkException(
              dir + " could not be read or written (" + e.getMessage() + "): check the disk", e);
    };
  }

  private static boolean isForWantOfSpace(Path folder, IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (text.contains("no space left") || text.contains("quota exceeded")) {
        return true;
      }
    }
    try {
      // The sentence may be in the user's language.
      return Files.getFileStore(folder).getUsableSpace() < FULL_BYTES;
    } catch (IOException _) {
      return false;
    }
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw sentence(e);
    }
  }
}
