package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class WrkTest {
  private static final String SAID =
      """
      Running 12s test @ http://127.0.0.1:8081
        1 threads and 1000 connections
        Latency Distribution
           50%  676.10ms
           75%  812.00us
           90%    1.00s\s
           99%    1.02s\s
        66219 requests in 12.08s, 8.15MB read
        Socket errors: connect 0, read 3, write 0, timeout 1
        Non-2xx or 3xx responses: 219
      Requests/sec:   5480.52
      """;

  @Test
  void readsWhatWrkSays() {
    assertEquals(
        new Wrk.Result(
            66_000, 219, "connect 0, read 3, write 0, timeout 1", 12.08, 676_100, 1_020_000),
        Wrk.parse(SAID));
  }

  @Test
  void whatHasNoTotalIsNoResult() {
    assertThrows(BenchException.class, () -> Wrk.parse("unable to connect"));
  }
}
