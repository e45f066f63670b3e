package dev.millrace.processor;

import dev.millrace.events.LatencySketch;
import dev.millrace.events.RequestEvent;
import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;

/// Running totals of one series in one window. Mutable, because Streams hands every caller a copy
/// of its own, fresh from the store.
final class WindowAggregate {
  long requests;
  long errors;
  long clientErrors;
  long bytes;
  long durationSumUs;
  long durationMaxUs;
  LatencySketch sketch = new LatencySketch();

  WindowAggregate add(Measurement measurement) {
    requests++;
    errors += RequestEvent.isError(measurement.status()) ? 1 : 0;
    clientErrors += RequestEvent.isClientError(measurement.status()) ? 1 : 0;
    bytes += measurement.bytes();
    if (measurement.durationUs().isPresent()) {
      long durationUs = measurement.durationUs().getAsLong();
      sketch.add(durationUs);
      durationSumUs += durationUs;
      durationMaxUs = Math.max(durationMaxUs, durationUs);
    }
    return this;
  }

  WindowAggregate merge(WindowAggregate other) {
    addCounts(other, 1);
    sketch.merge(other.sketch);
    durationMaxUs = Math.max(durationMaxUs, other.durationMaxUs);
    return this;
  }

  /// Takes away an earlier state of a part, to merge its newer state next. The maximum stays: parts
  /// only grow, so the newer state's maximum is no smaller.
  WindowAggregate subtract(WindowAggregate other) {
    addCounts(other, -1);
    sketch.subtract(other.sketch);
    return this;
  }

  private void addCounts(WindowAggregate other, int sign) {
    requests += sign * other.requests;
    errors += sign * other.errors;
    clientErrors += sign * other.clientErrors;
    bytes += sign * other.bytes;
    durationSumUs += sign * other.durationSumUs;
  }

  /// This state as a row for the outside.
  WindowSummary summary(long windowStartMs, long windowSizeMs, Series series) {
    boolean timed = sketch.count() > 0;
    return new WindowSummary(
        windowStartMs,
        windowSizeMs,
        series.service(),
        series.route(),
        requests,
        errors,
        clientErrors,
        bytes,
        requests * 1000.0 / windowSizeMs,
        timed ? sketch.stats(durationSumUs, durationMaxUs) : null,
        timed ? sketch.histogram() : null,
        0,
        0,
        // A DSL window never learns that it is complete: each row holds until the next one.
        false);
  }
}
