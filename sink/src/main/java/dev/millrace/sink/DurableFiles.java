package dev.millrace.sink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Changes of files that hold when they return, against a kill and against a power failure: bytes
/// are on the disk before a name leads to them, and a folder is before anything relies on its
/// names.
final class DurableFiles {
  /// Is told before each change of the disk; a test looks at the disk there, or fails.
  interface Steps {
    void before(String change) throws IOException;
  }

  private final Steps steps;

  DurableFiles(Steps steps) {
    this.steps = steps;
  }

  /// Makes a folder and those above it.
  void createFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path above = folder.toAbsolutePath().getParent();
    if (above != null) {
      createFolder(above);
    }
    steps.before("make folder " + folder.getFileName());
    Files.createDirectories(folder);
    if (above != null) {
      syncFolder(above);
    }
  }

  /// Writes bytes behind the first `at` of a file, and cuts off what else was there.
  ///
  /// @throws IOException if the file is shorter than that
  void append(Path file, long at, byte[] bytes) throws IOException {
    steps.before("open " + file.getFileName());
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (channel.size() < at) {
        throw new IOException(
            "%s has %d bytes, and %d were written".formatted(file, channel.size(), at));
      }
      steps.before("cut " + file.getFileName());
      channel.truncate(at);
      channel.position(at);
      steps.before("append to " + file.getFileName());
      writeAll(channel, bytes);
      steps.before("sync " + file.getFileName());
      channel.force(true);
    }
    if (at == 0) {
      syncFolder(file.getParent());
    }
  }

  /// Replaces a file as a whole: a reader sees the old or the new one.
  void replace(Path file, byte[] bytes) throws IOException {
    Path draft = file.resolveSibling(file.getFileName() + ".tmp");
    steps.before("write " + draft.getFileName());
    try (FileChannel channel =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writeAll(channel, bytes);
    }
    syncFile(draft);
    rename(draft, file);
  }

  /// Makes what is in a file last; its name lasts with [#syncFolder].
  void syncFile(Path file) throws IOException {
    steps.before("sync " + file.getFileName());
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /// Gives a file that was synced another name.
  void rename(Path draft, Path file) throws IOException {
    steps.before("rename to " + file.getFileName());
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolder(file.toAbsolutePath().getParent());
  }

  /// Deletes a file that nothing names any more. Should a power failure bring it back, it still
  /// does not count.
  void delete(Path file) throws IOException {
    steps.before("delete " + file.getFileName());
    Files.deleteIfExists(file);
  }

  /// Makes the names in a folder last.
  void syncFolder(Path folder) throws IOException {
    steps.before("sync folder " + folder.getFileName());
    // On Windows a folder cannot be opened, and its names need no sync.
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static void writeAll(FileChannel channel, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      channel.write(left);
    }
  }
}
