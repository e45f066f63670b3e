package dev.millrace.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.events.Series;
import dev.millrace.events.WindowSummary;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBucket;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WindowDelaysTest {
  private static final long START = 1_795_267_336_000L;

  private final WindowDelays delays = new WindowDelays();

  private void add(Series series, int revision, long delayMs) {
    delays.add(row(series, revision), START + 1_000 + delayMs);
  }

  private Map<Double, Long> counts() {
    HistogramSnapshot.HistogramDataPointSnapshot point =
        delays.snapshot("millrace_test_seconds", "A test.").getDataPoints().getFirst();
    Map<Double, Long> counts = new TreeMap<>();
    for (ClassicHistogramBucket bucket : point.getClassicBuckets()) {
      if (bucket.getCount() > 0) {
        counts.put(bucket.getUpperBound(), bucket.getCount());
      }
    }
    return counts;
  }

  @Test
  void countsTheRowOfEverythingWhenItComesFirst() {
    add(Series.TOTAL, 0, 1_249);
    add(Series.TOTAL, 0, 1_250);
    add(Series.TOTAL, 0, 1_251);
    add(Series.TOTAL, 1, 9_000);
    add(new Series("shop", "/"), 0, 9_000);
    assertEquals(Map.of(1.25, 2L, 1.5, 1L), counts());
  }

  @Test
  void whatIsOldIsBeyondAllBucketsAndWhatIsEarlyInTheFirst() {
    add(Series.TOTAL, 0, 40_000_000);
    add(Series.TOTAL, 0, -500);
    assertEquals(Map.of(0.5, 1L, Double.POSITIVE_INFINITY, 1L), counts());
  }

  private static WindowSummary row(Series series, int revision) {
    return new WindowSummary(
        START,
        1_000,
        series.service(),
        series.route(),
        1,
        0,
        0,
        0,
        1,
        null,
        null,
        0,
        revision,
        true);
  }
}
