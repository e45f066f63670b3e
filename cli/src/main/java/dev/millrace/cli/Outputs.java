package dev.millrace.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/// Files that a command will write at its end: that they cannot be written is to show at its start.
final class Outputs {
  private Outputs() {}

  /// @param option the option that names the file
  /// @param file null if the user gave none
  /// @throws UserException if there is no such folder, or it cannot be written
  static void requireWritable(String option, Path file) {
    if (file == null) {
      return;
    }
    Path folder = file.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new UserException(option + " " + file + ": there is no folder " + folder);
    }
    if (Files.isDirectory(file) || !Files.isWritable(Files.exists(file) ? file : folder)) {
      throw new UserException(option + " " + file + ": cannot be written");
    }
  }
}
