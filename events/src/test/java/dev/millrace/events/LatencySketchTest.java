package dev.millrace.events;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.Base2ExponentialHistogramOptions;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LatencySketchTest {
  private static final int VALUES = 20_000;
  private static final double[] QUANTILES = {0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};

  @SuppressWarnings("ImmutableEnumChecker") // the functions hold nothing
  enum Distribution {
    LOG_NORMAL(random -> (long) Math.exp(8 + 1.2 * random.nextGaussian())),
    BIMODAL(random ->
        random.nextInt(10) == 0 ? 900_000 + random.nextInt(50_000) : 300 + random.nextInt(40)),
    CONSTANT(random -> 1_834),
    PARETO(random -> (long) (100 / Math.pow(1 - random.nextDouble(), 1 / 1.1))),
    SMALL(random -> random.nextInt(12)),
    WIDE(random -> random.nextLong(RequestEvent.MAX_DURATION_US) >>> random.nextInt(40));

    private final ToLongFunction<SplittableRandom> value;

    Distribution(ToLongFunction<SplittableRandom> value) {
      this.value = value;
    }

    long[] values(long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      return LongStream.generate(() -> value.applyAsLong(random)).limit(VALUES).toArray();
    }
  }

  @ParameterizedTest
  @EnumSource
  void quantilesAreWithinTheStatedError(Distribution distribution) {
    long[] values = distribution.values(1);
    LatencySketch sketch = sketch(values);
    Arrays.sort(values);
    for (double quantile : QUANTILES) {
      double exact = values[(int) DurationStats.rank(quantile, values.length) - 1];
      assertEquals(
          exact, sketch.quantile(quantile), exact * LatencySketch.RELATIVE_ERROR * 1.000001);
    }
  }

  @Test
  void statedErrorIsBelowOnePercent() {
    assertTrue(LatencySketch.RELATIVE_ERROR < 0.01);
  }

  @ParameterizedTest
  @EnumSource
  void mergingEqualsAddingAll(Distribution distribution) {
    long[] values = distribution.values(2);
    LatencySketch merged = sketch(Arrays.copyOf(values, VALUES / 3));
    merged.merge(sketch(Arrays.copyOfRange(values, VALUES / 3, VALUES)));
    assertSame(sketch(values), merged);
  }

  @ParameterizedTest
  @EnumSource
  void bytesHoldAllThatWasCounted(Distribution distribution) {
    LatencySketch first = sketch(distribution.values(3));
    LatencySketch second = sketch(distribution.values(4));
    LatencySketch read = new LatencySketch();
    for (LatencySketch sketch : List.of(first, second, new LatencySketch())) {
      ByteBuffer bytes = ByteBuffer.allocate(sketch.maxBytes());
      sketch.write(bytes);
      bytes.flip();
      read.merge(bytes);
      assertEquals(0, bytes.remaining());
    }
    first.merge(second);
    assertSame(first, read);
  }

  @Test
  void clearedSketchCountsAnewWithTheSameBuckets() {
    LatencySketch sketch = sketch(Distribution.PARETO.values(1));
    sketch.clear();
    assertEquals(0, sketch.count());
    ByteBuffer bytes = ByteBuffer.allocate(sketch.maxBytes());
    sketch.write(bytes);
    assertEquals(3, bytes.position());
    for (long value : Distribution.BIMODAL.values(2)) {
      sketch.add(value);
    }
    assertSame(sketch(Distribution.BIMODAL.values(2)), sketch);
  }

  /// OpenTelemetry's own SDK is the oracle for the buckets.
  @ParameterizedTest
  @EnumSource
  void bucketsAreThoseOfOpenTelemetry(Distribution distribution) {
    long[] values = distribution.values(5);
    ExponentialHistogramPointData expected = OpenTelemetry.histogram(values);
    ExponentialHistogram actual = sketch(values).histogram();
    assertEquals(LatencySketch.SCALE, expected.getScale());
    assertEquals(expected.getZeroCount(), actual.zeroCount());
    ExponentialHistogramBuckets buckets = expected.getPositiveBuckets();
    assertEquals(buckets.getOffset(), actual.offset());
    assertArrayEquals(
        buckets.getBucketCounts().stream().mapToLong(Long::longValue).toArray(),
        actual.bucketCounts());
  }

  @Test
  void powersOfTwoBelongToTheBucketTheyClose() {
    for (int exponent = 0; exponent <= 50; exponent++) {
      int closing = exponent * 64 - 1;
      assertEquals(closing, LatencySketch.index(1L << exponent));
      assertEquals(closing + 1, LatencySketch.index((1L << exponent) + 1) - firstStep(exponent));
    }
  }

  /// Small numbers are more than a bucket apart.
  private static int firstStep(int exponent) {
    double buckets = 64 * (Math.log1p(Math.pow(2, -exponent)) / Math.log(2));
    return (int) Math.ceil(buckets) - 1;
  }

  @Test
  void anEmptySketchHasNoQuantiles() {
    assertThrows(IllegalStateException.class, () -> new LatencySketch().quantile(0.5));
  }

  @Test
  void anotherScaleIsRefused() {
    ExponentialHistogram other = new ExponentialHistogram(5, 0, 0, new long[] {1});
    assertThrows(IllegalArgumentException.class, () -> new LatencySketch(other));
  }

  /// The same values at a finer scale, by OpenTelemetry's own SDK.
  @ParameterizedTest
  @EnumSource
  void aFinerHistogramIsCoarsenedToTheSameBuckets(Distribution distribution) {
    long[] values = distribution.values(6);
    for (int scale = LatencySketch.SCALE; scale <= LatencySketch.SCALE + 2; scale++) {
      ExponentialHistogramPointData finer = OpenTelemetry.histogram(values, scale);
      assertEquals(scale, finer.getScale());
      ExponentialHistogram histogram =
          new ExponentialHistogram(
              scale,
              finer.getZeroCount(),
              finer.getPositiveBuckets().getOffset(),
              finer.getPositiveBuckets().getBucketCounts().stream()
                  .mapToLong(Long::longValue)
                  .toArray());
      LatencySketch merged = sketch(values);
      merged.merge(new LatencySketch(histogram));
      LatencySketch twice = sketch(values);
      twice.merge(sketch(values));
      assertSame(twice, merged);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsRemovedWasNeverThere(Distribution distribution) {
    LatencySketch first = sketch(distribution.values(7));
    LatencySketch second = sketch(Distribution.LOG_NORMAL.values(8));
    LatencySketch both = sketch(distribution.values(7));
    both.merge(second);
    assertTrue(both.remove(second));
    assertSame(first, both);
    assertTrue(both.remove(first));
    assertEquals(0, both.count());
  }

  @Test
  void whatWasNotCountedIsNotRemoved() {
    LatencySketch sketch = sketch(0, 5, 7, 7);
    for (LatencySketch other :
        List.of(sketch(0, 0), sketch(7, 7, 7), sketch(5, 6), sketch(1), sketch(5, 1_000_000))) {
      assertFalse(sketch.remove(other));
      assertSame(sketch(0, 5, 7, 7), sketch);
    }
  }

  @Test
  void noPercentileIsAboveTheMaximum() {
    LatencySketch sketch = sketch(1_000_003);
    DurationStats stats = sketch.stats(1_000_003, 1_000_003);
    assertTrue(stats.p50() <= stats.max() && stats.p999() <= stats.max());
  }

  private static LatencySketch sketch(long... values) {
    LatencySketch sketch = new LatencySketch();
    for (long value : values) {
      sketch.add(value);
    }
    return sketch;
  }

  private static void assertSame(LatencySketch expected, LatencySketch actual) {
    assertEquals(expected.count(), actual.count());
    ExponentialHistogram a = expected.histogram();
    ExponentialHistogram b = actual.histogram();
    assertEquals(a.zeroCount(), b.zeroCount());
    assertEquals(a.offset(), b.offset());
    assertArrayEquals(a.bucketCounts(), b.bucketCounts());
  }

  /// One histogram, recorded and collected by the SDK.
  private static final class OpenTelemetry implements MetricReader {
    private CollectionRegistration registration = CollectionRegistration.noop();

    static ExponentialHistogramPointData histogram(long[] values) {
      return histogram(values, LatencySketch.SCALE);
    }

    static ExponentialHistogramPointData histogram(long[] values, int scale) {
      OpenTelemetry reader = new OpenTelemetry();
      try (SdkMeterProvider provider =
          SdkMeterProvider.builder()
              .registerMetricReader(reader)
              .registerView(
                  InstrumentSelector.builder().setName("latency").build(),
                  View.builder()
                      .setAggregation(
                          Aggregation.base2ExponentialBucketHistogram(
                              Base2ExponentialHistogramOptions.builder()
                                  .setMaxBuckets(16_384)
                                  .setMaxScale(scale)
                                  .build()))
                      .build())
              .build()) {
        var histogram = provider.get("test").histogramBuilder("latency").build();
        for (long value : values) {
          histogram.record(value);
        }
        List<MetricData> collected = new ArrayList<>(reader.registration.collectAllMetrics());
        return collected.getFirst().getExponentialHistogramData().getPoints().iterator().next();
      }
    }

    @Override
    public void register(CollectionRegistration registration) {
      this.registration = registration;
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType type) {
      return AggregationTemporality.CUMULATIVE;
    }

    @Override
    public CompletableResultCode forceFlush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
