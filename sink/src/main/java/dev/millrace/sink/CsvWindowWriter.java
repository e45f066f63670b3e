package dev.millrace.sink;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.millrace.events.DurationStats;
import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.JsonRecords;
import dev.millrace.events.WindowSummary;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Window rows as CSV: the columns of the database's table `windows`, empty where they are null
/// there.
final class CsvWindowWriter implements WindowFileWriter {
  private static final JsonRecords<ExponentialHistogram> HISTOGRAMS =
      new JsonRecords<>(ExponentialHistogram.class);

  private static final CsvFactory CSV =
      CsvFactory.builder().enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING).build();

  private static final CsvSchema SCHEMA =
      CsvSchema.builder()
          .addColumn("window_start_ms")
          .addColumn("window_size_ms")
          .addColumn("service")
          .addColumn("route")
          .addColumn("requests")
          .addColumn("errors")
          .addColumn("client_errors")
          .addColumn("bytes")
          .addColumn("rate_per_s")
          .addColumn("duration_count")
          .addColumn("mean_us")
          .addColumn("p50_us")
          .addColumn("p90_us")
          .addColumn("p95_us")
          .addColumn("p99_us")
          .addColumn("p999_us")
          .addColumn("max_us")
          .addColumn("histogram")
          .addColumn("late")
          .addColumn("revision")
          .addColumn("final")
          .setUseHeader(true)
          .setLineSeparator("\r\n")
          .build();

  private final CsvGenerator out;

  CsvWindowWriter(Path file) throws IOException {
    out =
        CSV.createGenerator(
            new BufferedOutputStream(Files.newOutputStream(file), 1 << 16), JsonEncoding.UTF8);
    out.setSchema(SCHEMA);
  }

  @Override
  public void write(byte[] json) throws IOException {
    WindowSummary row = JsonRecords.WINDOWS.decode(json);
    out.writeStartObject();
    out.writeNumberField("window_start_ms", row.windowStart());
    out.writeNumberField("window_size_ms", row.windowSizeMs());
    out.writeStringField("service", row.service());
    out.writeStringField("route", row.route());
    out.writeNumberField("requests", row.requests());
    out.writeNumberField("errors", row.errors());
    out.writeNumberField("client_errors", row.clientErrors());
    out.writeNumberField("bytes", row.bytes());
    out.writeNumberField("rate_per_s", row.ratePerS());
    DurationStats duration = row.durationUs();
    if (duration != null) {
      out.writeNumberField("duration_count", duration.count());
      out.writeNumberField("mean_us", duration.mean());
      out.writeNumberField("p50_us", duration.p50());
      out.writeNumberField("p90_us", duration.p90());
      out.writeNumberField("p95_us", duration.p95());
      out.writeNumberField("p99_us", duration.p99());
      out.writeNumberField("p999_us", duration.p999());
      out.writeNumberField("max_us", duration.max());
      out.writeStringField(
          "histogram", new String(HISTOGRAMS.encode(row.histogram()), StandardCharsets.UTF_8));
    }
    out.writeNumberField("late", row.late());
    out.writeNumberField("revision", row.revision());
    out.writeBooleanField("final", row.isFinal());
    out.writeEndObject();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
