package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class WatermarksTest {
  private static final int PATIENCE = 9;

  private final Watermarks watermarks = new Watermarks(PATIENCE, 2);

  @Test
  void nothingIsClosedBeforeAllPartitionsHaveReported() {
    assertBounds(Long.MIN_VALUE, Long.MIN_VALUE);
    assertEquals(2, watermarks.unheard(), "nobody at all was heard");
    report(0, 100, false);
    assertBounds(Long.MIN_VALUE, Long.MIN_VALUE);
    assertEquals(1, watermarks.unheard());
    report(1, 50, false);
    assertBounds(50, 50);
    assertEquals(0, watermarks.unheard());
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
  void anIdlePartitionIsTakenToBeWhereTheOthersWereWhenItHadNothingEither() {
    report(0, 100, false);
    // The first step is at the third report, the fourth at the twelfth.
    reportIdle(11);
    report(0, 200, false);
    assertBounds(200, 50);
    reportIdle(1);
    assertBounds(200, 100);
    reportIdle(PATIENCE - 1);
    assertBounds(200, 100);
    reportIdle(1);
    assertBounds(200, 200);
    report(1, 60, false);
    assertBounds(60, 60);
    reportIdle(1);
    assertBounds(200, 60);
  }

  /// Else the first partition that is read of a backlog would close all windows to the others.
  @Test
  void aLeapAfterLongIdlenessIsNotTakenForTheOthersToo() {
    report(0, 100, false);
    reportIdle(100 * PATIENCE);
    assertBounds(100, 100);
    report(0, 1_000_000, false);
    reportIdle(PATIENCE);
    assertBounds(1_000_000, 100);
    reportIdle(PATIENCE);
    assertBounds(1_000_000, 1_000_000);
  }

  @Test
  void whenAllAreIdleAllIsClosedAndWhatIsOldCanBeForgotten() {
    for (int i = 0; i < 2 * PATIENCE; i++) {
      report(0, 100, true);
      report(1, SourceWatermark.NONE, true);
    }
    assertBounds(Long.MAX_VALUE, 100);
  }

  @Test
  void bytesHoldAllThatIsKnown() {
    report(0, 100, false);
    reportIdle(11);
    Watermarks restored = new Watermarks(PATIENCE, 2);
    ByteBuffer bytes = ByteBuffer.allocate(Watermarks.Source.BYTES);
    watermarks.update(new SourceWatermark(1, 2, 50, true)).write(bytes);
    restored.restore(1, 2, Watermarks.Source.read(bytes.flip()));
    assertEquals(Long.MIN_VALUE, restored.settled());
    restored.update(new SourceWatermark(0, 2, 300, false));
    assertEquals(watermarks.settled(), restored.settled());
    assertEquals(100, restored.settled());
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
    assertEquals(1, watermarks.unheard());
  }

  private void reportIdle(int times) {
    for (int i = 0; i < times; i++) {
      report(1, 50, true);
    }
  }

  private void report(int partition, long time, boolean idle) {
    watermarks.update(new SourceWatermark(partition, 2, time, idle));
  }

  private void assertBounds(long closed, long settled) {
    assertEquals(closed, watermarks.closed());
    assertEquals(settled, watermarks.settled());
  }
}
