package dev.millrace.loadgen;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Collectors;

/// The folder that a run leaves behind: `run.json`, `series.ndjson`, `latency.hlog`,
/// `ledger.ndjson`; and `unknown.txt`, if there are events of which nobody knows whether Kafka has
/// them: the place in the run of each, which is in its id, and `invalid` if it is no event.
///
/// @param path the folder
public record RunFolder(Path path) {
  /// Name of the ledger within the folder.
  public static final String LEDGER = "ledger.ndjson";

  /// Name of the list of events whose fate is not known.
  public static final String UNKNOWN = "unknown.txt";

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

  void append(List<Figures.Unknown> unknown) throws IOException {
    Files.writeString(
        path.resolve(UNKNOWN),
        unknown.stream().map(Figures.Unknown::line).collect(Collectors.joining()),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  OutputStream series() throws IOException {
    return Files.newOutputStream(path.resolve(RunSecond.FILE));
  }

  void write(RunSummary summary) throws IOException {
    Files.write(path.resolve(RunSummary.FILE), RunSummary.JSON.encode(summary));
  }
}
