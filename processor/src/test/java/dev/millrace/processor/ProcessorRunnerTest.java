package dev.millrace.processor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessorRunnerTest {
  @Test
  void aCommitHasSevenSecondsWhateverTheInterval() {
    assertEquals(7_010, transactionTimeout(Duration.ofMillis(10)));
    assertEquals(8_000, transactionTimeout(ProcessorConfig.DEFAULT_COMMIT_INTERVAL));
    assertEquals(12_000, transactionTimeout(Duration.ofSeconds(5)));
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
