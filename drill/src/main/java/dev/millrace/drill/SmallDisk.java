package dev.millrace.drill;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/// A file system in memory that can be filled. A helper has mounted it, and unmounts it when its
/// input ends: none is left over, whatever the drill dies of.
final class SmallDisk implements AutoCloseable {
  /// What faults call it.
  static final String NAME = "the database's disk";

  /// Enough for the rows of the longest drill and SQLite's log; they take memory as they come.
  private static final String SIZE = "256m";

  private static final int BLOCK = 64 << 10;
  private static final int ATTEMPTS = 100;

  private final Path path;
  private Process helper;

  SmallDisk(Path path) {
    this.path = path;
  }

  /// Whether this process may mount one: tried where nobody sees it.
  static boolean isPossible() throws InterruptedException {
    try {
      return new ProcessBuilder(
                  List.of(
                      "unshare",
                      "--mount",
                      "mount",
                      "-t",
                      "tmpfs",
                      "tmpfs",
                      System.getProperty("java.io.tmpdir")))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      // There is no such program.
      return false;
    }
  }

  Path path() {
    return path;
  }

  void mount() throws IOException {
    Files.createDirectory(path);
    helper =
        new ProcessBuilder(
                "sh",
                "-c",
                // Ctrl-C is for all processes of a terminal. Who still has a file open there when
                // the drill was killed has it for a moment only.
                "trap '' INT HUP TERM; mount -t tmpfs -o size=\"$2\" tmpfs \"$1\" || exit 1;"
                    + " echo mounted; read -r _; umount \"$1\" || umount -l \"$1\"",
                "small-disk",
                path.toString(),
                SIZE)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (helper.getInputStream().read() < 0) {
      throw new DrillException("a small disk could not be mounted on " + path);
    }
  }

  /// Fills it with one file, to the last block; again, if there is room again.
  void fill() throws IOException {
    byte[] some = new byte[BLOCK];
    try (OutputStream out =
        Files.newOutputStream(ballast(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (int attempt = 1; room() > 0; attempt++) {
        try {
          while (true) {
            out.write(some);
          }
        } catch (IOException e) {
          // It is full, or somebody has given something back meanwhile.
          if (attempt == ATTEMPTS) {
            throw e;
          }
        }
      }
    }
  }

  /// Makes room again.
  ///
  /// @return whether there was none until now
  boolean free() throws IOException {
    boolean full = room() == 0;
    Files.delete(ballast());
    return full;
  }

  private long room() throws IOException {
    return Files.getFileStore(path).getUsableSpace();
  }

  private Path ballast() {
    return path.resolve("ballast");
  }

  /// Unmounts it. What was on it is in its place.
  @Override
  public void close() throws IOException {
    if (helper == null) {
      return;
    }
    Files.deleteIfExists(ballast());
    Path kept = path.resolveSibling(path.getFileName() + ".kept");
    copy(path, kept);
    unmount();
    Files.move(kept, path, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> tree = Files.walk(from)) {
      // Folders come before what is in them.
      for (Path each : tree.toList()) {
        Files.copy(each, to.resolve(from.relativize(each)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private void unmount() throws IOException {
    helper.getOutputStream().close();
    try {
      if (helper.waitFor() != 0) {
        throw new DrillException(path + " could not be unmounted: umount " + path);
      }
    } catch (InterruptedException e) {
      // The helper has its work to do all the same.
      Thread.currentThread().interrupt();
    }
  }
}
