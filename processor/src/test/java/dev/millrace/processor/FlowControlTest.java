package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;

class FlowControlTest {
  private static final TaskId MERGE = new TaskId(1, 0);
  private static final TaskId OTHER_MERGE = new TaskId(1, 1);

  private final FlowControl control = new FlowControl();

  @Test
  void holdsBackOnlyWhoIsFarAheadAndOnlyUnderPressure() {
    control.report(0, 100_000);
    control.report(1, 60_000);
    assertFalse(control.holdsBack(0));
    control.press(MERGE, 59_000);
    assertTrue(control.holdsBack(0));
    assertFalse(control.holdsBack(1));
    assertFalse(control.holdsBack(2), "nothing is known of it");
    control.press(MERGE, 95_000);
    assertFalse(control.holdsBack(0));
  }

  @Test
  void pressureEndsWhenAllTasksHaveRoom() {
    control.report(0, 100_000);
    control.press(MERGE, 10_000);
    control.press(OTHER_MERGE, 10_000);
    control.release(MERGE);
    assertTrue(control.holdsBack(0));
    control.release(OTHER_MERGE);
    assertFalse(control.holdsBack(0));
  }
}
