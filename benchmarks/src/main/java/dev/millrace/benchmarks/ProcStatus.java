package dev.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// What Linux says of a process in `/proc`; unknown elsewhere.
final class ProcStatus {
  private ProcStatus() {}

  /// The memory that it has resident, bytes.
  static OptionalLong residentBytes(long pid) {
    return bytes(status(pid, "VmRSS:"));
  }

  /// The most that it has had, bytes.
  static OptionalLong peakResidentBytes(long pid) {
    return bytes(status(pid, "VmHWM:"));
  }

  /// Its threads, those of the JVM included.
  static OptionalLong threads(long pid) {
    return status(pid, "Threads:");
  }

  /// Its open files and connections.
  static OptionalLong descriptors(long pid) {
    try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return OptionalLong.of(open.count());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /// Whether it has a file mapped whose name ends so; true where that is not known.
  static boolean mapsFile(long pid, String ending) {
    try (Stream<String> maps = Files.lines(Path.of("/proc", Long.toString(pid), "maps"))) {
      return maps.anyMatch(line -> line.endsWith(ending));
    } catch (IOException e) {
      return true;
    }
  }

  private static OptionalLong bytes(OptionalLong kibibytes) {
    return kibibytes.isPresent()
        ? OptionalLong.of(kibibytes.getAsLong() << 10)
        : OptionalLong.empty();
  }

  private static OptionalLong status(long pid, String name) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      return lines
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
