package dev.millrace.loadgen;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// The folder that a run leaves behind: `run.json`, `series.ndjson`, `latency.hlog`,
/// `ledger.ndjson`.
///
/// @param path the folder
public record RunFolder(Path path) {
  /// Name of the ledger within the folder.
  public static final String LEDGER = "ledger.ndjson";

  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /// The folder of a run that starts now: `runs/20260101T120000Z`.
  public static Path defaultPath(Instant now) {
    return Path.of("runs", NAME.format(now));
  }

  /// @throws IllegalArgumentException if there is something of this name: no run is overwritten
  public void requireNew() {
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new IllegalArgumentException(
          "--run " + path + ": is there already, and no run is overwritten; name another folder");
    }
  }

  /// Makes the folder.
  ///
  /// @throws IOException if it cannot be made
  public void make() throws IOException {
    requireNew();
    Path parent = path.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.createDirectory(path);
  }

  /// Where the ledger goes.
  public Path ledger() {
    return path.resolve(LEDGER);
  }

  LatencyLog latencyLog(long startMs) throws IOException {
    return new LatencyLog(path.resolve(LatencyLog.FILE), startMs);
  }

  OutputStream series() throws IOException {
    return Files.newOutputStream(path.resolve(RunSecond.FILE));
  }

  void write(RunSummary summary) throws IOException {
    Files.write(path.resolve(RunSummary.FILE), RunSummary.JSON.encode(summary));
  }
}
