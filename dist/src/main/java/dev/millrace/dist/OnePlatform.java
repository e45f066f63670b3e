package dev.millrace.dist;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Copies jars and leaves out native libraries of other platforms: RocksDB's jar has those of
/// fourteen, 67 of its 72 MB. The same jars give the same bytes.
public final class OnePlatform {
  private static final Set<String> NATIVE = Set.of("so", "dll", "dylib", "jnilib");

  /// Another C library, another system: words in the path of what is not for glibc's Linux.
  private static final Set<String> OTHER_LIBC = Set.of("musl", "android");

  private final Set<String> words;

  /// @param architecture as the JVM names it in `os.arch`
  /// @throws IllegalArgumentException if it is none that Millrace is packed for
  OnePlatform(String architecture) {
    words =
        switch (architecture) {
          case "amd64" -> Set.of("x86_64", "amd64", "linux64");
          case "aarch64" -> Set.of("aarch64", "arm64");
          default ->
              throw new IllegalArgumentException(
                  "os.arch " + architecture + ": must be amd64 or aarch64");
        };
  }

  /// Copies the jars of a class path for the platform of this JVM.
  ///
  /// @param args the class path, and the folder to copy to, which must exist
  public static void main(String[] args) throws IOException {
    OnePlatform platform = new OnePlatform(System.getProperty("os.arch"));
    for (String entry : args[0].split(File.pathSeparator, -1)) {
      Path jar = Path.of(entry);
      platform.copy(jar, Path.of(args[1]).resolve(jar.getFileName()));
    }
  }

  /// @throws IOException if it has native libraries and none for this platform: what is packed
  ///   would only fail when it is used
  void copy(Path from, Path to) throws IOException {
    try (ZipFile jar = new ZipFile(from.toFile())) {
      List<ZipEntry> entries = jar.stream().map(ZipEntry.class::cast).toList();
      if (entries.stream().noneMatch(entry -> isNative(entry.getName()))) {
        Files.copy(from, to);
        return;
      }
      if (entries.stream().noneMatch(entry -> isOurs(entry.getName()))) {
        throw new IOException(from + ": has native libraries, but none for Linux on " + words);
      }
      try (ZipOutputStream out =
          new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(to)))) {
        for (ZipEntry entry : entries) {
          if (!isNative(entry.getName()) || isOurs(entry.getName())) {
            write(jar, entry, out);
          }
        }
      }
    }
  }

  private static void write(ZipFile jar, ZipEntry entry, ZipOutputStream out) throws IOException {
    ZipEntry copy = new ZipEntry(entry);
    // As this JDK compresses it, which may be another number of bytes.
    copy.setCompressedSize(-1);
    out.putNextEntry(copy);
    try (InputStream content = jar.getInputStream(entry)) {
      content.transferTo(out);
    }
    out.closeEntry();
  }

  static boolean isNative(String path) {
    return NATIVE.contains(path.substring(path.lastIndexOf('.') + 1));
  }

  /// Whether it is a native library for this platform, by the words in its path:
  /// `librocksdbjni-linux64.so`, `org/sqlite/native/Linux/x86_64/libsqlitejdbc.so`.
  boolean isOurs(String path) {
    List<String> found = List.of(path.toLowerCase(Locale.ROOT).split("[^a-z0-9_]+"));
    return isNative(path)
        && found.stream().anyMatch(word -> word.startsWith("linux"))
        && found.stream().anyMatch(words::contains)
        && found.stream().noneMatch(OTHER_LIBC::contains);
  }
}
