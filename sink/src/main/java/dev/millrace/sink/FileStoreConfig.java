package dev.millrace.sink;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/// Settings of a folder of window files.
///
/// @param folder where the files are; made if it is not there
/// @param format what they look like
/// @param closeAfter an hour that is over becomes a file when no row of it has come for so long
/// @param rowsPerFile with so many rows a file is closed before its hour is over, and another one
///   begun. It takes some 60 bytes of memory a row to close one.
public record FileStoreConfig(
    Path folder, FileFormat format, Duration closeAfter, int rowsPerFile) {
  /// Longer than revisions usually take.
  public static final Duration DEFAULT_CLOSE_AFTER = Duration.ofMinutes(1);

  /// An hour of 62 series, in windows of 1 s, 10 s and 1 min.
  public static final int DEFAULT_ROWS_PER_FILE = 250_000;

  /// @throws IllegalArgumentException naming option, value and what would do
  public FileStoreConfig {
    Objects.requireNonNull(format);
    if (folder.toString().isEmpty()) {
      throw new IllegalArgumentException("--dir is empty: give a folder for the files");
    }
    if (closeAfter.isNegative() || closeAfter.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          "--close-after " + closeAfter.toSeconds() + "s: must be 0s to 24h");
    }
    if (rowsPerFile < 1) {
      throw new IllegalArgumentException(rowsPerFile + " rows a file: must be 1 at least");
    }
  }

  /// The usual settings.
  public static FileStoreConfig of(Path folder, FileFormat format) {
    return new FileStoreConfig(folder, format, DEFAULT_CLOSE_AFTER, DEFAULT_ROWS_PER_FILE);
  }
}
