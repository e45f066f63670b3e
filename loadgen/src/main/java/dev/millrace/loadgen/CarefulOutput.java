package dev.millrace.loadgen;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/// Remembers the first error, for a writer above it that does not tell, and writes nothing after
/// it: half a line in the middle would spoil the lines before.
final class CarefulOutput extends FilterOutputStream {
  private IOException failure;

  CarefulOutput(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int b) {
    attempt(() -> out.write(b));
  }

  @Override
  public void write(byte[] bytes, int from, int length) {
    attempt(() -> out.write(bytes, from, length));
  }

  @Override
  public void flush() {
    attempt(out::flush);
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private void attempt(Attempt attempt) {
    if (failure == null) {
      try {
        attempt.run();
      } catch (IOException e) {
        failure = e;
      }
    }
  }

  /// @throws IOException if something could not be written
  void requireWell() throws IOException {
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }
}
