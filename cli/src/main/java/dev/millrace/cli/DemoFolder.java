package dev.millrace.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// What a demo keeps on disk, and where.
///
/// @param root the folder of all of it
/// @param resumed whether an earlier demo has left something here
/// @param temporary whether the user gave no folder: then only results are kept
record DemoFolder(Path root, boolean resumed, boolean temporary) {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

  /// The user's folder, or a new one among the temporary files.
  ///
  /// @param replay whether a log is to be replayed into it
  /// @throws UserException if the folder is of the other kind: how long windows are kept is written
  ///   into its topics when they are made, and what suits live load would lose a log's old windows
  static DemoFolder open(Path chosen, boolean replay) throws IOException {
    if (chosen == null) {
      Path root =
          Files.createTempDirectory(
              "millrace-demo-" + LocalDateTime.now(ZoneId.systemDefault()).format(TIME) + "-");
      return new DemoFolder(root, false, true);
    }
    Files.createDirectories(chosen);
    DemoFolder folder = new DemoFolder(chosen, false, false);
    Path kind = chosen.resolve(replay ? "replayed-log" : "generated-load");
    if (Files.exists(chosen.resolve(replay ? "generated-load" : "replayed-log"))) {
      throw new UserException(
          "--data "
              + chosen
              + ": has "
              + (replay ? "generated load" : "a replayed log")
              + " in it; give "
              + (replay ? "a log" : "generated load")
              + " another folder");
    }
    if (!Files.exists(kind)) {
      Files.createFile(kind);
    }
    return new DemoFolder(chosen, Files.exists(folder.broker()), false);
  }

  Path broker() {
    return root.resolve("broker");
  }

  Path processor() {
    return root.resolve("processor");
  }

  Path database() {
    return root.resolve("millrace.db");
  }

  Path log() {
    return root.resolve("millrace.log");
  }

  /// The ledger of this run; those of earlier runs stay beside it.
  Path newLedger() throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      long earlier =
          files.filter(file -> file.getFileName().toString().startsWith("ledger-")).count();
      return root.resolve("ledger-" + (earlier + 1) + ".ndjson");
    }
  }

  /// Deletes what only a further run would need, if there cannot be one.
  void tidy() throws IOException {
    if (temporary) {
      for (Path folder : List.of(broker(), processor())) {
        if (Files.exists(folder)) {
          try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
              Files.deleteIfExists(path);
            }
          }
        }
      }
    }
  }
}
