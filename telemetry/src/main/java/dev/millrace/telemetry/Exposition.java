package dev.millrace.telemetry;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/// An answer to a scrape.
public final class Exposition {
  private static final ExpositionFormats FORMATS = ExpositionFormats.init();

  private final String contentType;
  private final byte[] body;

  private Exposition(String contentType, byte[] body) {
    this.contentType = contentType;
    this.body = body;
  }

  /// Metrics in the format that the scraper asks for: protobuf, which alone has native histograms,
  /// OpenMetrics, or Prometheus's text format, which have classic buckets.
  ///
  /// @param accept the request's header of this name; null if it has none
  public static Exposition of(String accept, MetricSnapshots metrics) {
    ExpositionFormatWriter writer = FORMATS.findWriter(accept);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      writer.write(body, metrics);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Exposition(writer.getContentType(), body.toByteArray());
  }

  /// For the header of this name.
  public String contentType() {
    return contentType;
  }

  /// The metrics; the caller's to keep.
  public byte[] body() {
    return body.clone();
  }
}
