package dev.millrace.sink;

import dev.millrace.events.JsonRecords;
import dev.millrace.events.WindowSummary;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.ParquetRuntimeException;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;

/// Window rows as a Parquet file. The library has unchecked exceptions of its own, such as when it
/// fails to close a file; here they are `IOException`s, so that an error of the disk is seen as
/// one.
final class ParquetWindowWriter implements WindowFileWriter {
  /// What is held in memory before it is written. Readers skip whole groups by their least and
  /// greatest values.
  private static final long ROW_GROUP_BYTES = 32 << 20;

  private final ParquetWriter<WindowSummary> out;

  ParquetWindowWriter(Path file) throws IOException {
    try {
      out =
          new Builder(new LocalOutputFile(file))
              .withConf(new PlainParquetConfiguration())
              .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
              .withCompressionCodec(CompressionCodecName.ZSTD)
              .withRowGroupSize(ROW_GROUP_BYTES)
              .build();
    } catch (ParquetRuntimeException e) {
      throw asIoException(e);
    }
  }

  private static IOException asIoException(ParquetRuntimeException e) {
    return new IOException(e.getMessage(), e);
  }

  @Override
  public void write(byte[] json) throws IOException {
    WindowSummary row = JsonRecords.WINDOWS.decode(json);
    try {
      out.write(row);
    } catch (ParquetRuntimeException e) {
      throw asIoException(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      out.close();
    } catch (ParquetRuntimeException e) {
      throw asIoException(e);
    }
  }

  private static final class Builder extends ParquetWriter.Builder<WindowSummary, Builder> {
    Builder(OutputFile file) {
      super(file);
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<WindowSummary> getWriteSupport(ParquetConfiguration conf) {
      return new ParquetRows();
    }

    /// The same for those who have Hadoop; abstract, so it has to be here.
    @Override
    @SuppressWarnings("deprecation")
    protected WriteSupport<WindowSummary> getWriteSupport(Configuration conf) {
      return new ParquetRows();
    }
  }
}
