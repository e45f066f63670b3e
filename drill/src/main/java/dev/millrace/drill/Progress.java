package dev.millrace.drill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Tells how a drill goes: what happens when it does, and every five seconds how far it is. Times
/// are those of the schedule, and there are none before its beginning.
final class Progress {
  private static final long EVERY_MS = 5_000;

  /// Each sender of the load writes a line a second into it, in a folder of its own.
  private static final String SECONDS = "series.ndjson";

  private final PrintWriter err;
  private final Path data;
  private final JsonMapper json = new JsonMapper();
  private long startMs;
  private long nextMs = System.currentTimeMillis() + EVERY_MS;

  /// @param data where senders write what they have sent
  Progress(PrintWriter err, Path data) {
    this.err = err;
    this.data = data;
  }

  /// The schedule begins.
  void begin(long nowMs) {
    startMs = nowMs;
    nextMs = nowMs + EVERY_MS;
  }

  /// For any thread.
  synchronized void say(String what) {
    if (startMs == 0) {
      err.println("          " + what);
    } else {
      err.printf(Locale.ROOT, "%6.1f s  %s%n", (System.currentTimeMillis() - startMs) / 1e3, what);
    }
    err.flush();
  }

  /// Whether it is time to tell again.
  boolean isDue() {
    long now = System.currentTimeMillis();
    if (now < nextMs) {
      return false;
    }
    nextMs = now + EVERY_MS;
    return true;
  }

  /// How the load goes.
  void sayLoad(List<FlowWatch.Sight> sights) throws IOException {
    long sent = 0;
    long unknown = 0;
    try (Stream<Path> folders = Files.list(data)) {
      for (Path file : folders.map(folder -> folder.resolve(SECONDS)).toList()) {
        String written = Files.exists(file) ? Files.readString(file) : "";
        // The last line may be half written.
        for (String line : written.substring(0, written.lastIndexOf('\n') + 1).lines().toList()) {
          JsonNode second = json.readTree(line);
          sent += second.path("sent").asLong();
          unknown += second.path("unknown").asLong();
        }
      }
    }
    say(
        String.format(
            Locale.ROOT,
            "%,d events sent, %,d in doubt; %s",
            sent,
            unknown,
            sights.isEmpty()
                ? "no window yet"
                : String.format(
                    Locale.ROOT,
                    "the newest window began %.1f s ago",
                    (System.currentTimeMillis() - sights.getLast().windowStart()) / 1e3)));
  }
}
