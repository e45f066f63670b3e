package dev.millrace.events;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A ledger on disk: a line of JSON for each [LedgerEntry], in the order in which the seconds were
/// settled, and a last line with the totals. The totals line is missing if the writer was killed;
/// every whole line before that still holds, because a second is written only when the fate of all
/// its events is known.
///
/// @param entries one for each second and series
/// @param totals empty if the writer did not come to an end
public record LedgerFile(List<LedgerEntry> entries, Optional<LedgerTotals> totals) {
  private static final JsonRecords<Last> LAST = new JsonRecords<>(Last.class);

  private record Last(@JsonProperty("totals") LedgerTotals totals) {}

  /// Reads a ledger.
  ///
  /// @throws IOException if the file cannot be read, or a line other than a torn last one is not a
  ///   ledger line; the message has the line's number
  public static LedgerFile read(Path file) throws IOException {
    List<LedgerEntry> entries = new ArrayList<>();
    Optional<LedgerTotals> totals = Optional.empty();
    // A torn last line may end within a character: that is not to fail, as the strict reader would.
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
      int number = 0;
      for (String line = lines.readLine(), next; line != null; line = next) {
        next = lines.readLine();
        number++;
        byte[] json = line.getBytes(StandardCharsets.UTF_8);
        try {
          if (line.startsWith("{\"totals\"")) {
            totals = Optional.of(LAST.decode(json).totals());
          } else {
            entries.add(entry(json));
          }
        } catch (IOException e) {
          if (next != null) {
            throw new IOException(file + " line " + number + " is not a ledger line", e);
          }
        }
      }
    }
    return new LedgerFile(entries, totals);
  }

  private static LedgerEntry entry(byte[] json) throws IOException {
    LedgerEntry entry = JsonRecords.LEDGER.decode(json);
    if (entry.service() == null || entry.route() == null) {
      throw new IOException("no service or no route");
    }
    return entry;
  }

  /// Starts a ledger file; an existing one is replaced.
  public static Writer create(Path file) throws IOException {
    return new Writer(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
  }

  /// Writes a ledger line by line. Not thread-safe.
  public static final class Writer implements Closeable {
    private final OutputStream out;

    private Writer(OutputStream out) {
      this.out = out;
    }

    /// Adds a line; it is on disk after the next [#flush()].
    public void write(LedgerEntry entry) throws IOException {
      line(JsonRecords.LEDGER.encode(entry));
    }

    /// Adds the last line.
    public void write(LedgerTotals totals) throws IOException {
      line(LAST.encode(new Last(totals)));
    }

    private void line(byte[] json) throws IOException {
      out.write(json);
      out.write('\n');
    }

    /// Hands all lines to the operating system: they survive the end of this process.
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
