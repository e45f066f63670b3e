package dev.millrace.sink;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Window rows as lines of JSON.
final class NdjsonWindowWriter implements WindowFileWriter {
  private final OutputStream out;

  NdjsonWindowWriter(Path file) throws IOException {
    out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
  }

  @Override
  public void write(byte[] json) throws IOException {
    out.write(json);
    out.write('\n');
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
