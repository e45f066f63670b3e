package dev.millrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.events.LedgerTotals;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SoakResultTest {
  private static final double RATE = 10_000;
  private static final int SAMPLES = 60;
  private static final SoakBenchConfig CONFIG =
      new SoakBenchConfig(Path.of("launcher"), Duration.ofMinutes(11), RATE, Path.of("data"));

  private double ratePerS = RATE;
  private double lagPerSample;
  private double e2eUsPerSample;
  private long bytesPerSample;
  private double threadsPerSample;
  private double descriptorsPerSample;
  private long moreHeap;
  private SoakBooks books = books(1_000, 1_000, 0);

  private static SoakBooks books(long acknowledged, long aggregated, long differences) {
    return new SoakBooks(
        new LedgerTotals(acknowledged, acknowledged, 0, 0),
        aggregated,
        0,
        0,
        differences,
        List.of());
  }

  private SoakResult result() {
    List<SoakSample> samples = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      // Up and down, as lags are.
      double lag = 5_000 + (i % 2 == 0 ? 500 : -500) + i * lagPerSample;
      samples.add(
          new SoakSample(
              60 + i * 10,
              i * 10_000L,
              i * 10_000L + 10_000,
              ratePerS,
              lag,
              (long) lag + 1_000,
              2e6 + i * e2eUsPerSample,
              Map.of(
                  "processor",
                  new SoakSample.Held(
                      (400L << 20) + i * bytesPerSample,
                      (long) (60 + i * threadsPerSample),
                      (long) (200 + i * descriptorsPerSample)))));
    }
    return SoakResult.of(
        CONFIG,
        samples,
        new SoakResult.Heaps(30, Map.of("processor", 100L << 20)),
        new SoakResult.Heaps(660, Map.of("processor", (100L << 20) + moreHeap)),
        books);
  }

  private void assertGrows(String what) {
    SoakResult result = result();
    assertFalse(result.holds());
    assertEquals(
        List.of(what),
        result.trends().stream().filter(SoakTrend::grows).map(SoakTrend::name).toList());
    assertTrue(result.lines().contains("It grows: " + what + "."), result.lines().toString());
  }

  @Test
  void whatGoesUpAndDownHolds() {
    SoakResult result = result();
    assertTrue(result.holds(), result.lines().toString());
    assertTrue(result.lines().contains("Nothing grows."), result.lines().toString());
  }

  @Test
  void whatFallsHolds() {
    lagPerSample = -50;
    bytesPerSample = -(5L << 20);
    assertTrue(result().holds());
  }

  /// A tenth of a second of the load is 1,000 events.
  @Test
  void lagMayGrowByATenthOfASecondAndNoMore() {
    lagPerSample = 10;
    assertTrue(result().holds());
    lagPerSample = 25;
    assertGrows("lag, events");
  }

  @Test
  void slowerRowsAreSeen() {
    e2eUsPerSample = 2_000;
    assertTrue(result().holds());
    e2eUsPerSample = 5_000;
    assertGrows("e2e p99, ms");
  }

  @Test
  void memoryThatGrowsIsSeen() {
    bytesPerSample = 1 << 20;
    assertTrue(result().holds());
    bytesPerSample = 2 << 20;
    assertGrows("processor RSS, MiB");
  }

  @Test
  void heapThatGrowsIsSeen() {
    moreHeap = 30 << 20;
    assertTrue(result().holds());
    moreHeap = 40 << 20;
    assertGrows("processor live heap, MiB");
  }

  @Test
  void threadsThatGrowAreSeen() {
    threadsPerSample = 0.2;
    assertGrows("processor threads");
  }

  @Test
  void descriptorsThatGrowAreSeen() {
    descriptorsPerSample = 1;
    assertGrows("processor descriptors");
  }

  @Test
  void rateThatIsNotHeldIsSeen() {
    ratePerS = 0.98 * RATE;
    SoakResult result = result();
    assertFalse(result.holds());
    assertTrue(
        result.lines().stream().anyMatch(line -> line.startsWith("The rate was not held: 9,800/s")),
        result.lines().toString());
  }

  @Test
  void lostEventsAreSeen() {
    books = books(1_000, 999, 1);
    SoakResult result = result();
    assertFalse(result.holds());
    assertTrue(
        result.lines().stream().anyMatch(line -> line.startsWith("The ledger does not balance")),
        result.lines().toString());
  }

  @Test
  void eventsThatAreCountedTwiceAreSeen() {
    books = books(1_000, 1_001, 0);
    assertFalse(result().holds());
  }

  @Test
  void nothingSentIsNoSoak() {
    books = books(0, 0, 0);
    assertFalse(result().holds());
  }

  @Test
  void eachTenthHasARow() {
    List<String> lines = result().lines();
    assertEquals(10, lines.indexOf("") - 1);
    assertTrue(lines.get(1).startsWith("    110s       10,000"), lines.get(1));
    assertTrue(lines.get(10).startsWith("    650s"), lines.get(10));
  }

  @Test
  void machinesGetAllSamplesAndTheVerdict() {
    JsonNode json = new JsonMapper().valueToTree(result());
    assertEquals(SAMPLES, json.get("samples").size());
    assertEquals(
        200, json.get("samples").get(0).get("parts").get("processor").get("descriptors").asLong());
    assertFalse(json.get("trends").get(0).get("grows").asBoolean());
    assertTrue(json.get("books").get("balanced").asBoolean());
    assertTrue(json.get("holds").asBoolean());
  }
}
