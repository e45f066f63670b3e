package dev.millrace.cli;

import dev.millrace.sink.FileFormat;
import dev.millrace.sink.FileStoreConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/// Files by hour instead of a database.
final class FileOptions {
  /// What says where rows go, or is about databases.
  private static final List<String> NOT_WITH_FILES =
      List.of("--database", "--jdbc-url", "--jdbc-config", "--keep");

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description =
          "csv, ndjson or parquet: write files by hour into --dir, and not into a database.")
  private FileFormat format;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The folder for these files, made if it is not there.")
  private Path folder;

  @Option(
      names = "--close-after",
      paramLabel = "TIME",
      defaultValue = "1m",
      converter = Units.DurationConverter.class,
      description =
          "An hour that is over becomes a file when no row of it has come for so long; with"
              + " --format. Default: ${DEFAULT-VALUE}")
  private Duration closeAfter;

  /// @param options as they were given
  /// @return empty if the rows go into a database
  /// @throws IllegalArgumentException naming the options that do not go together
  Optional<FileStoreConfig> config(ParseResult options) {
    if (format == null && folder == null) {
      if (options.hasMatchedOption("--close-after")) {
        throw new IllegalArgumentException(
            "--close-after is for files: give --format and --dir, or leave it out");
      }
      return Optional.empty();
    }
    if (folder == null) {
      throw new IllegalArgumentException(
          "--format " + format.label() + " needs --dir: give the folder for the files");
    }
    if (format == null) {
      throw new IllegalArgumentException(
          "--dir " + folder + " needs --format: give csv, ndjson or parquet");
    }
    for (String other : NOT_WITH_FILES) {
      if (options.hasMatchedOption(other)) {
        throw new IllegalArgumentException(
            "--dir and " + other + ": rows go into files or a database; leave one of them out");
      }
    }
    return Optional.of(
        new FileStoreConfig(folder, format, closeAfter, FileStoreConfig.DEFAULT_ROWS_PER_FILE));
  }
}
