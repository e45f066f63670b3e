package dev.millrace.loadgen;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads a file of lines whose writer may have been killed in the middle of the last one.
final class LineFile {
  private LineFile() {}

  /// Takes a line.
  interface LineReader {
    /// @throws IOException if it is not what it should be
    void read(String line) throws IOException;
  }

  /// Reads all lines that are whole.
  ///
  /// @return whether the last line was torn, and left out
  /// @throws IOException if another line is not what it should be; the message has its number
  static boolean read(Path file, LineReader reader) throws IOException {
    boolean ended = endsWithLineBreak(file);
    // A torn last line may end within a character: that is not to fail, as the strict reader would.
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
      long number = 0;
      for (String line = lines.readLine(), next; line != null; line = next) {
        next = lines.readLine();
        number++;
        if (next == null && !ended) {
          return true;
        }
        try {
          reader.read(line);
        } catch (IOException e) {
          if (next == null) {
            return true;
          }
          throw new IOException(
              file
                  + " line "
                  + number
                  + ": "
                  + e.getMessage()
                  + "; the file is damaged, take it from where it was written once more",
              e);
        }
      }
    }
    return false;
  }

  private static boolean endsWithLineBreak(Path file) throws IOException {
    try (SeekableByteChannel bytes = Files.newByteChannel(file)) {
      if (bytes.size() == 0) {
        return true;
      }
      ByteBuffer last = ByteBuffer.allocate(1);
      bytes.position(bytes.size() - 1).read(last);
      return last.get(0) == '\n';
    }
  }
}
