package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class RestoreProgressTest {
  private static final TopicPartition ONE = new TopicPartition("changelog", 1);
  private static final TopicPartition TWO = new TopicPartition("changelog", 2);

  private final RestoreProgress progress = new RestoreProgress();

  @Test
  void isWhatIsLeftOfAllTasks() {
    progress.onRestoreStart(ONE, "windows", 100, 1_100);
    progress.onRestoreStart(TWO, "windows", 0, 50);
    assertEquals(2, progress.tasks());
    assertEquals(1_050, progress.left());
    // Fewer records than offsets: the others are marks of transactions.
    progress.onBatchRestored(ONE, "windows", 599, 300);
    assertEquals(550, progress.left());
    progress.onRestoreEnd(TWO, "windows", 50);
    assertEquals(1, progress.tasks());
    assertEquals(500, progress.left());
    progress.onRestoreSuspended(ONE, "windows", 300);
    assertEquals(0, progress.tasks());
    assertEquals(0, progress.left());
    progress.onBatchRestored(ONE, "windows", 700, 10);
    assertEquals(0, progress.left(), "what comes after the end is of no task here");
  }

  @Test
  void whatADeadThreadHadBegunIsNotWaitedFor() throws InterruptedException {
    progress.onRestoreStart(ONE, "windows", 0, 10);
    Thread dies =
        Thread.ofPlatform().start(() -> progress.onRestoreStart(TWO, "windows", 0, 1_000));
    dies.join();
    assertEquals(1, progress.tasks());
    assertEquals(10, progress.left());
    progress.onRestoreStart(TWO, "windows", 0, 500);
    assertEquals(2, progress.tasks(), "another thread has taken it");
    assertEquals(510, progress.left());
  }
}
