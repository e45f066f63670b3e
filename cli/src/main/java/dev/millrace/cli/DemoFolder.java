package dev.millrace.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a demo keeps on disk, and where.
///
/// @param root the folder of all of it
/// @param run number of this run in the folder, from 1
/// @param resumed whether an earlier demo has left something here
/// @param temporary whether the user gave no folder: then only results are kept
record DemoFolder(Path root, int run, boolean resumed, boolean temporary) {
  private static final Pattern NUMBERED =
      Pattern.compile("(?:millrace|ledger)-(\\d{1,8})\\.(?:log|ndjson)");
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
      return new DemoFolder(root, 1, false, true);
    }
    Files.createDirectories(chosen);
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
    int run = lastRun(chosen) + 1;
    return new DemoFolder(chosen, run, run > 1, false);
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

  /// The log of this run; what an earlier one had to say of its end stays.
  Path log() {
    return root.resolve("millrace-" + run + ".log");
  }

  /// The ledger of this run; those of earlier runs stay beside it.
  Path ledger() {
    return root.resolve("ledger-" + run + ".ndjson");
  }

  /// A run leaves a log as soon as there is something to say, and a ledger once it begins to send;
  /// one that was killed before has left no events either.
  private static int lastRun(Path root) throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      return files
          .map(file -> NUMBERED.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .mapToInt(name -> Integer.parseInt(name.group(1)))
          .max()
          .orElse(0);
    }
  }

  /// Deletes what only a further run would need, if there cannot be one.
  void tidy() throws IOException {
    if (temporary) {
      if (!Files.exists(database())) {
        // Nothing came of it: not even a log worth keeping.
        Files.deleteIfExists(log());
      }
      for (Path folder : List.of(broker(), processor())) {
        if (Files.exists(folder)) {
          try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
              Files.deleteIfExists(path);
            }
          }
        }
      }
      if (!Files.exists(database())) {
        Files.deleteIfExists(root);
      }
    }
  }
}
