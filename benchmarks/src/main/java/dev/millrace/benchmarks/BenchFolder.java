package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Where a benchmark keeps its data while it runs: a new folder, deleted at the end.
///
/// @param path the folder
record BenchFolder(Path path) implements AutoCloseable {
  /// An event of 160 bytes is about 41 in the backlog; then there are repartition topics,
  /// changelogs and results.
  private static final long BYTES_PER_EVENT = 120;

  private static final long BASE_BYTES = 512L << 20;

  /// @param parent made if there is none
  static BenchFolder create(Path parent) throws IOException {
    Files.createDirectories(parent);
    return new BenchFolder(Files.createTempDirectory(parent, "millrace-bench-"));
  }

  /// @throws BenchException if the disk is too small for it
  static void requireSpace(ProcessorBenchConfig config) throws IOException {
    long events = config.contestants().stream().mapToLong(config::eventsOf).distinct().sum();
    long needed = BASE_BYTES + events * BYTES_PER_EVENT;
    try {
      Files.createDirectories(config.data());
    } catch (IOException e) {
      throw new BenchException("--data " + config.data() + ": cannot be made or written to", e);
    }
    long free = Files.getFileStore(config.data()).getUsableSpace();
    if (free < needed) {
      throw new BenchException(
          "--data %s: has %,d MiB free, %,d MiB are needed; name another folder, or fewer --events"
              .formatted(config.data(), free >> 20, needed >> 20));
    }
  }

  /// Deletes a folder with all that is in it, if it is there.
  static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> tree = Files.walk(folder)) {
        List<Path> all = tree.sorted(Comparator.reverseOrder()).toList();
        for (Path path : all) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    delete(path);
  }
}
