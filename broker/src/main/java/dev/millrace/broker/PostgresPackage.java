package dev.millrace.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// PostgreSQL as this machine has it: its programs, and the user that it runs as.
final class PostgresPackage {
  private PostgresPackage() {}

  /// The newest version's, where Debian has them; else where the shell finds them.
  static Optional<Path> programs() {
    List<Path> folders = new ArrayList<>();
    Path debian = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(debian)) {
      try (Stream<Path> versions = Files.list(debian)) {
        versions
            .sorted(Comparator.comparingInt(PostgresPackage::version).reversed())
            .forEach(version -> folders.add(version.resolve("bin")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    String path = System.getenv("PATH");
    if (path != null) {
      Stream.of(path.split(":"))
          .filter(entry -> !entry.isEmpty())
          .map(Path::of)
          .forEach(folders::add);
    }
    return folders.stream()
        .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
        .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
        .findFirst();
  }

  private static int version(Path folder) {
    String name = folder.getFileName().toString();
    return name.matches("\\d{1,4}") ? Integer.parseInt(name) : 0;
  }

  /// Whether the server has to run as the [#user()].
  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /// The one that the package has made.
  static Optional<UserPrincipal> user() {
    try {
      return Optional.of(
          Path.of("/")
              .getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName("postgres"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
