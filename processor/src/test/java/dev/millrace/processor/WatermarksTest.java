package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class WatermarksTest {
  private static final int PATIENCE = 3;

  private final Watermarks watermarks = new Watermarks(PATIENCE);

  @Test
  void nothingIsClosedBeforeAllPartitionsHaveReported() {
    assertBounds(Long.MIN_VALUE, Long.MIN_VALUE);
    report(0, 100, false);
    assertBounds(Long.MIN_VALUE, Long.MIN_VALUE);
    report(1, 50, false);
    assertBounds(50, 50);
  }

  @Test
  void watermarksNeverGoBack() {
    report(0, 100, false);
    report(1, 100, false);
    report(0, 70, false);
    assertBounds(100, 100);
  }

  @Test
  void anIdlePartitionDoesNotHoldBackPublishingButForgetting() {
    report(0, 100, false);
    report(1, 50, true);
    assertBounds(100, 50);
  }

  @Test
  void forgettingGoesOnWhenIdlenessIsTakenForAFact() {
    report(0, 100, false);
    report(1, 50, true);
    report(1, 50, true);
    assertBounds(100, 50);
    report(1, 50, true);
    assertBounds(100, 100);
    report(1, 60, false);
    assertBounds(60, 60);
    report(1, 60, true);
    assertBounds(100, 60);
  }

  @Test
  void whenAllAreIdleAllIsClosedAndNothingForgotten() {
    for (int i = 0; i < PATIENCE; i++) {
      report(0, 100, true);
      report(1, SourceWatermark.NONE, true);
    }
    assertBounds(Long.MAX_VALUE, Long.MIN_VALUE);
  }

  @Test
  void aPartitionWithoutAnyEventHoldsBackNothingOnceItIsIdle() {
    report(0, 100, false);
    report(1, SourceWatermark.NONE, true);
    assertBounds(100, Long.MIN_VALUE);
  }

  @Test
  void aNewPartitionIsWaitedFor() {
    report(0, 100, false);
    report(1, 100, false);
    watermarks.update(new SourceWatermark(0, 3, 200, false));
    assertBounds(Long.MIN_VALUE, Long.MIN_VALUE);
  }

  private void report(int partition, long time, boolean idle) {
    watermarks.update(new SourceWatermark(partition, 2, time, idle));
  }

  private void assertBounds(long closed, long settled) {
    assertEquals(closed, watermarks.closed());
    assertEquals(settled, watermarks.settled());
  }
}
