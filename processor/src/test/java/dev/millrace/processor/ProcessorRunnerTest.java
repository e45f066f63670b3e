package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessorRunnerTest {
  @Test
  void aCommitHasSevenSecondsWhateverTheInterval() {
    assertEquals(7_010, transactionTimeout(Duration.ofMillis(10)));
    assertEquals(8_000, transactionTimeout(ProcessorConfig.DEFAULT_COMMIT_INTERVAL));
    assertEquals(12_000, transactionTimeout(Duration.ofSeconds(5)));
  }

  @Test
  void isReadyWhenAllThreadsWork() {
    assertTrue(ProcessorRunner.allAtWork(List.of("RUNNING", "RUNNING"), 2).ok());
    assertEquals(
        "1 of 2 threads work; all that live: running, starting",
        ProcessorRunner.allAtWork(List.of("STARTING", "RUNNING"), 2).cause());
    assertFalse(ProcessorRunner.allAtWork(List.of("RUNNING"), 2).ok());
  }

  private static Object transactionTimeout(Duration commitInterval) {
    return ProcessorRunner.settings(
            new ProcessorConfig(
                "k:1",
                "a",
                1,
                WindowingConfig.DEFAULT,
                commitInterval,
                ProcessorConfig.defaultWindowsInMemory(),
                true,
                Path.of("state"),
                Map.of()))
        .get("producer.transaction.timeout.ms");
  }
}
