package dev.millrace.loadgen;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/// Who could not take more.
public enum Bottleneck {
  /// The load generator itself: the pipeline may take more.
  GENERATOR,
  /// Kafka, as it takes events in.
  BROKER,
  /// The HTTP edge, or Kafka behind it: seen from outside, they are one.
  INGEST,
  /// From events to rows.
  PROCESSOR,
  /// From rows to the database.
  SINK;

  /// In lower case, as in `find-max.json`.
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Who acknowledges events.
  ///
  /// @param name of a run's target
  static Bottleneck ofTarget(String name) {
    return name.equals("kafka") ? BROKER : INGEST;
  }
}
