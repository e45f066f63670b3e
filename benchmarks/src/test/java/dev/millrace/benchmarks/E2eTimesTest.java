package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class E2eTimesTest {
  private static final long START = 1_700_000_000_000L;

  @TempDir private Path run;

  private E2eTimes times;

  /// A run whose rows take 1,000 µs in the first second, 2,000 in the next and so on.
  @BeforeEach
  void write() throws IOException {
    HistogramLogWriter log =
        new HistogramLogWriter(Files.newOutputStream(run.resolve("latency.hlog")));
    log.outputLogFormatVersion();
    log.outputStartTime(START);
    log.setBaseTime(START);
    for (int second = 0; second < 10; second++) {
      for (String tag : new String[] {"ack", "e2e"}) {
        Histogram interval = new Histogram(3);
        interval.setTag(tag);
        interval.recordValueWithCount(tag.equals("e2e") ? 1_000L * (second + 1) : 9, 50);
        log.outputIntervalHistogram(second, second + 1.0, interval, 1);
      }
    }
    log.close();
    times = E2eTimes.read(run);
  }

  @Test
  void anIntervalHasTheTimesOfItsSeconds() {
    assertEquals(3_000, times.p99Us(START + 1_000, START + 3_000), 10);
    assertEquals(10_000, times.p99Us(START, START + 10_000), 10);
  }

  @Test
  void anIntervalWithoutRowsHasNone() {
    assertNull(times.p99Us(START + 10_000, START + 20_000));
  }
}
