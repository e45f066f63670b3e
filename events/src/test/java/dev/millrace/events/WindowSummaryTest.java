package dev.millrace.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WindowSummaryTest {
  @Test
  void isWrittenAsTheContractSays() {
    LatencySketch sketch = new LatencySketch();
    sketch.add(0);
    sketch.add(2);
    WindowSummary row =
        new WindowSummary(
            5000,
            1000,
            "a",
            "/x",
            2,
            1,
            0,
            7,
            2.0,
            sketch.stats(2, 2),
            sketch.histogram(),
            0,
            0,
            false);
    assertEquals(
        """
        {"window_start":5000,"window_size_ms":1000,"service":"a","route":"/x","requests":2,"errors":1,\
        "client_errors":0,"bytes":7,"rate_per_s":2.0,"duration_us":{"count":2,"mean":1.0,"p50":0.0,\
        "p90":%s,"p95":%s,"p99":%s,"p999":%s,"max":2.0},"histogram":{"scale":6,"zero_count":1,\
        "offset":63,"bucket_counts":[1]},"late":0,"revision":0,"final":false}\
        """
            .replace("%s", Double.toString(sketch.quantile(1))),
        new String(JsonRecords.WINDOWS.encode(row), StandardCharsets.UTF_8));
  }

  @Test
  void isReadWithFieldsThatANewerWriterAdded() throws IOException {
    WindowSummary row =
        JsonRecords.WINDOWS.decode(
            """
            {"window_start":5000,"window_size_ms":1000,"service":"a","route":"/x","requests":2,\
            "future":true,"final":true}\
            """
                .getBytes(StandardCharsets.UTF_8));
    assertEquals(new Series("a", "/x"), row.series());
    assertNull(row.durationUs());
  }
}
