package dev.millrace.sink;

import java.io.Closeable;
import java.io.IOException;

/// Writes window rows into one file, which is complete when this is closed.
interface WindowFileWriter extends Closeable {
  /// @param json a row as it is on the topic, without a line break
  void write(byte[] json) throws IOException;
}
