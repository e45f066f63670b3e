package dev.millrace.sink;

import static org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit.MILLIS;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BOOLEAN;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.DOUBLE;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import dev.millrace.events.DurationStats;
import dev.millrace.events.ExponentialHistogram;
import dev.millrace.events.WindowSummary;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Types;

/// A window row as Parquet's columns. The one place that knows them.
final class ParquetRows extends WriteSupport<WindowSummary> {
  static final MessageType SCHEMA =
      Types.buildMessage()
          .required(INT64)
          .as(timestampType(true, MILLIS))
          .named("window_start")
          .required(INT64)
          .named("window_size_ms")
          .required(BINARY)
          .as(stringType())
          .named("service")
          .required(BINARY)
          .as(stringType())
          .named("route")
          .required(INT64)
          .named("requests")
          .required(INT64)
          .named("errors")
          .required(INT64)
          .named("client_errors")
          .required(INT64)
          .named("bytes")
          .required(DOUBLE)
          .named("rate_per_s")
          .optional(INT64)
          .named("duration_count")
          .optional(DOUBLE)
          .named("mean_us")
          .optional(DOUBLE)
          .named("p50_us")
          .optional(DOUBLE)
          .named("p90_us")
          .optional(DOUBLE)
          .named("p95_us")
          .optional(DOUBLE)
          .named("p99_us")
          .optional(DOUBLE)
          .named("p999_us")
          .optional(DOUBLE)
          .named("max_us")
          .optionalGroup()
          .required(INT32)
          .named("scale")
          .required(INT64)
          .named("zero_count")
          .required(INT32)
          .named("offset")
          .requiredList()
          .requiredElement(INT64)
          .named("bucket_counts")
          .named("histogram")
          .required(INT64)
          .named("late")
          .required(INT32)
          .named("revision")
          .required(BOOLEAN)
          .named("final")
          .named("window");

  private RecordConsumer out;

  @Override
  public WriteContext init(ParquetConfiguration configuration) {
    return new WriteContext(SCHEMA, Map.of());
  }

  /// The same for those who have Hadoop; abstract, so it has to be here.
  @Override
  @SuppressWarnings("deprecation")
  public WriteContext init(Configuration configuration) {
    return new WriteContext(SCHEMA, Map.of());
  }

  @Override
  public void prepareForWrite(RecordConsumer recordConsumer) {
    out = recordConsumer;
  }

  @Override
  public void write(WindowSummary row) {
    out.startMessage();
    add(0, row.windowStart());
    add(1, row.windowSizeMs());
    add(2, row.service());
    add(3, row.route());
    add(4, row.requests());
    add(5, row.errors());
    add(6, row.clientErrors());
    add(7, row.bytes());
    add(8, row.ratePerS());
    DurationStats duration = row.durationUs();
    if (duration != null) {
      add(9, duration.count());
      add(10, duration.mean());
      add(11, duration.p50());
      add(12, duration.p90());
      add(13, duration.p95());
      add(14, duration.p99());
      add(15, duration.p999());
      add(16, duration.max());
      String histogram = SCHEMA.getFieldName(17);
      out.startField(histogram, 17);
      add(row.histogram());
      out.endField(histogram, 17);
    }
    add(18, row.late());
    String revision = SCHEMA.getFieldName(19);
    out.startField(revision, 19);
    out.addInteger(row.revision());
    out.endField(revision, 19);
    String isFinal = SCHEMA.getFieldName(20);
    out.startField(isFinal, 20);
    out.addBoolean(row.isFinal());
    out.endField(isFinal, 20);
    out.endMessage();
  }

  private void add(int column, long value) {
    String name = SCHEMA.getFieldName(column);
    out.startField(name, column);
    out.addLong(value);
    out.endField(name, column);
  }

  private void add(int column, double value) {
    String name = SCHEMA.getFieldName(column);
    out.startField(name, column);
    out.addDouble(value);
    out.endField(name, column);
  }

  private void add(int column, String value) {
    String name = SCHEMA.getFieldName(column);
    out.startField(name, column);
    out.addBinary(Binary.fromString(value));
    out.endField(name, column);
  }

  private void add(ExponentialHistogram histogram) {
    out.startGroup();
    out.startField("scale", 0);
    out.addInteger(histogram.scale());
    out.endField("scale", 0);
    out.startField("zero_count", 1);
    out.addLong(histogram.zeroCount());
    out.endField("zero_count", 1);
    out.startField("offset", 2);
    out.addInteger(histogram.offset());
    out.endField("offset", 2);
    out.startField("bucket_counts", 3);
    out.startGroup();
    long[] counts = histogram.bucketCounts();
    // An empty list is one without its repeated field.
    if (counts.length > 0) {
      out.startField("list", 0);
      for (long count : counts) {
        out.startGroup();
        out.startField("element", 0);
        out.addLong(count);
        out.endField("element", 0);
        out.endGroup();
      }
      out.endField("list", 0);
    }
    out.endGroup();
    out.endField("bucket_counts", 3);
    out.endGroup();
  }
}
