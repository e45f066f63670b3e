package dev.millrace.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Holds a data folder against other brokers until it is closed, or this process ends in whatever
/// way. Kafka has locks of its own, but takes them while it starts: found there, a folder in use
/// means a half-started server to take down again.
final class FolderLock implements AutoCloseable {
  /// Kafka's own name for it, so that a Kafka started on this very folder is noticed too.
  private static final String FILE = ".lock";

  /// The folders held by this JVM. To the operating system all brokers of a process are one; worse,
  /// a second one that opens the file, finds it locked and closes it drops the first one's lock.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel file;

  private FolderLock(Path folder, FileChannel file) {
    this.folder = folder;
    this.file = file;
  }

  /// Makes the folder if need be.
  ///
  /// @throws BrokerException if another broker holds it, or it cannot be made or written
  static FolderLock acquire(Path dataDir) {
    try {
      Path folder = Files.createDirectories(dataDir).toRealPath();
      if (!HELD.add(folder)) {
        throw inUse(dataDir);
      }
      FolderLock lock = null;
      try {
        lock = lockForProcess(dataDir, folder);
        return lock;
      } finally {
        if (lock == null) {
          HELD.remove(folder);
        }
      }
    } catch (IOException e) {
      throw new BrokerException(
          "--data %s: cannot be made or written (%s)".formatted(dataDir, e), e);
    }
  }

  private static FolderLock lockForProcess(Path dataDir, Path folder) throws IOException {
    FileChannel file =
        FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (file.tryLock() == null) {
      file.close();
      throw inUse(dataDir);
    }
    return new FolderLock(folder, file);
  }

  private static BrokerException inUse(Path dataDir) {
    return new BrokerException(
        "--data %s: another broker is running on this folder; stop it, or choose another folder"
            .formatted(dataDir),
        null);
  }

  /// The folder, absolute and without links.
  Path folder() {
    return folder;
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      HELD.remove(folder);
    }
  }
}
