package dev.millrace.sink;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// A file system of a few megabytes in memory, for what happens when a disk is full. Only root may
/// mount one.
record SmallDisk(Path path) implements AutoCloseable {
  /// Skips the test where that is not possible.
  static SmallDisk mount(Path path, int megabytes) throws IOException, InterruptedException {
    Files.createDirectories(path);
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m,mode=0777", "tmpfs", path),
        "a small disk cannot be mounted: not root, or not allowed here");
    return new SmallDisk(path);
  }

  /// Fills it with one file.
  void fill(Path file) throws IOException {
    byte[] some = new byte[4096];
    try (OutputStream out = Files.newOutputStream(file)) {
      while (true) {
        out.write(some);
      }
    } catch (IOException full) {
      if (Files.getFileStore(path).getUsableSpace() > 0) {
        throw full;
      }
    }
  }

  private static boolean run(Object... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(Arrays.stream(command).map(Object::toString).toList())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (!run("umount", path)) {
        throw new IOException("could not unmount " + path);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
