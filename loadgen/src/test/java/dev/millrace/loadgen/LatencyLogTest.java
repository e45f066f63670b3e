package dev.millrace.loadgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatencyLogTest {
  private static final long START = 1_763_715_928_123L;

  @TempDir private Path folder;

  @Test
  void theReaderOfHdrHistogramReadsIt() throws IOException {
    Path file = folder.resolve("latency.hlog");
    LatencyRecorder ack = new LatencyRecorder("ack");
    LatencyRecorder e2e = new LatencyRecorder("e2e");
    try (LatencyLog log = new LatencyLog(file, START)) {
      for (int second = 0; second < 3; second++) {
        for (int i = 0; i < 100; i++) {
          ack.record((second * 100 + i) * 1_000L);
        }
        log.write(second, second + 1.0, ack.interval());
        log.write(second, second + 1.0, e2e.interval());
      }
    }
    List<String> read = new ArrayList<>();
    Histogram sum = LatencyRecorder.empty();
    try (HistogramLogReader reader = new HistogramLogReader(file.toFile())) {
      while (reader.hasNext()) {
        Histogram interval = (Histogram) reader.nextIntervalHistogram();
        read.add(
            interval.getTag()
                + " "
                + (interval.getStartTimeStamp() - START)
                + "-"
                + (interval.getEndTimeStamp() - START)
                + " "
                + interval.getTotalCount());
        sum.add(interval);
      }
    }
    assertEquals(List.of("ack 0-1000 100", "ack 1000-2000 100", "ack 2000-3000 100"), read);
    assertEquals(299, sum.getMaxValue());
    assertTrue(Files.readString(file).contains("#[Histogram log format version 1.3]"));
  }

  @Test
  void figuresAreThoseOfTheHistogramAndZeroesWithoutValues() {
    LatencyRecorder recorder = new LatencyRecorder("ack");
    assertEquals(
        new RunSummary.Latency(0, 0, 0, 0, 0, 0, 0, 0, 0),
        LatencyRecorder.figures(recorder.interval()));
    for (int us = 1; us <= 1_000; us++) {
      recorder.record(us * 1_000L);
    }
    recorder.record(-5);
    RunSummary.Latency figures = LatencyRecorder.figures(recorder.interval());
    assertEquals(1_001, figures.count());
    assertEquals(500, figures.p50());
    assertEquals(990, figures.p99());
    assertEquals(1_000, figures.max());
  }

  @Test
  void anIntervalOfMoreThanAnHourCountsAsAnHour() {
    LatencyRecorder recorder = new LatencyRecorder("ack");
    recorder.record(Long.MAX_VALUE);
    assertEquals(3.6e9, recorder.interval().getMaxValue(), 3.6e6);
  }

  @Test
  void aFullDiskIsTold() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "this system has no /dev/full");
    LatencyRecorder recorder = new LatencyRecorder("ack");
    try (LatencyLog log = new LatencyLog(full, START)) {
      assertThrows(IOException.class, () -> log.write(0, 1, recorder.interval()));
    }
  }
}
