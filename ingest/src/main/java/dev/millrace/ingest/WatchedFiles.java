package dev.millrace.ingest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/// Tells when any of some files has another content than before, by size and time of change. For
/// one thread.
final class WatchedFiles {
  private final List<Path> files;
  private List<String> before = List.of();

  WatchedFiles(List<Path> files) {
    this.files = List.copyOf(files);
  }

  /// Whether a file has changed since the last call; true at the first.
  ///
  /// @throws IOException if one is not there
  boolean haveChanged() throws IOException {
    List<String> now = new ArrayList<>();
    for (Path file : files) {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      now.add(attributes.size() + " " + attributes.lastModifiedTime() + " " + attributes.fileKey());
    }
    boolean changed = !now.equals(before);
    before = now;
    return changed;
  }

  /// What has changed could not be read: it is to be tried again.
  void forget() {
    before = List.of();
  }
}
