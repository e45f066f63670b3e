package dev.millrace.sink;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/// What a file of window rows looks like.
public enum FileFormat {
  /// RFC 4180 in UTF-8, with a header; the histogram is a column of JSON.
  CSV,
  /// A row a line, in the JSON of the `windows.*` topics.
  NDJSON,
  /// Typed columns, compressed by zstd.
  PARQUET;

  /// As options and names of files have it: `parquet`.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Begins a file; what was there before is gone.
  WindowFileWriter create(Path file) throws IOException {
    return switch (this) {
      case CSV -> new CsvWindowWriter(file);
      case NDJSON -> new NdjsonWindowWriter(file);
      case PARQUET -> new ParquetWindowWriter(file);
    };
  }
}
